import { dirname, join, resolve } from 'node:path'
import { createUlidGenerator, HoldfastError } from '@holdfast/contracts'
import { createNodeFileSystem, type FileSystem } from '@holdfast/contracts/files'
import type { OpenKeyring } from '../keyring/keyring.ts'
import type { Anchor, AnchoredRecord } from './anchor.ts'
import { type Announcement, compareMarks, decodeAnchor, encodeAnchor, type Mark, mergeMark } from './anchor-marks.ts'

/** Options of {@link createAnchor}. */
export interface CreateAnchorOptions {
  /** Where the marks are kept, on this host and away from the vault and its backups. Made with mode 0700 when it is missing; its parent must exist. */
  readonly directory: string
  /** Gives the keyring whose anchor key authenticates the marks. */
  readonly openKeyring: (options?: { readonly signal?: AbortSignal | undefined }) => Promise<OpenKeyring>
  /** Default: the file system of this machine. */
  readonly files?: FileSystem | undefined
  /** Files there may be before they are merged into one. Default 64. */
  readonly maxFiles?: number | undefined
}

/** An anchor as the keyring holds it. */
export interface KeyringAnchor extends Anchor {
  /** Whether there are marks, so that a vault must exist. Needs no key. */
  hasMarks(): Promise<boolean>
  /** The newest keyring revision seen; the keyring given must be of the vault that is anchored. */
  latestKeyringRevision(keyring: OpenKeyring): Promise<string | undefined>
  /** Remembers the revision of a keyring. */
  recordKeyring(keyring: OpenKeyring): Promise<void>
}

const extension = '.anchor'

/** The id that the keyring's own mark has; no credential can have it, since ids are never empty. */
const keyringMark = ''

/** How often a check may find that others are writing at the same moment before it gives in: they are at work, so nothing was restored. */
const maxRounds = 16

/**
 * Keeps marks in a directory of small files that are never changed. Each write adds a file with what is new; the marks of
 * all files merged, in any order, are the state, so processes never wait for or overwrite each other. When there are many
 * files one process writes a merged one and removes those it merged.
 */
export const createAnchor = (options: CreateAnchorOptions): KeyringAnchor => {
  const { openKeyring, files = createNodeFileSystem(), maxFiles = 64 } = options
  const directory = resolve(options.directory)
  const nextUlid = createUlidGenerator()
  const marks = new Map<string, Mark>()
  /** Announced writes of which it is not known that they were done, by id. */
  const announced = new Map<string, Set<string>>()
  const read = new Set<string>()
  let pending = new Map<string, Mark>()
  let pendingAnnounced: Announcement[] = []
  let flushing: Promise<void> | undefined
  let isDirectoryDurable = false

  const fileNames = async (ending = extension): Promise<string[]> => {
    try {
      return (await files.readDirectory(directory)).filter((name) => name.endsWith(ending)).sort()
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw inaccessible(directory, error)
    }
  }

  /** Reads the files that are new. One that vanished was merged into another: look again. */
  const refresh = async (keyring: OpenKeyring): Promise<void> => {
    for (let isComplete = false; !isComplete; ) {
      isComplete = true
      for (const name of await fileNames()) {
        if (read.has(name)) continue
        const bytes = await readUnlessGone(join(directory, name))
        if (bytes === undefined) {
          isComplete = false
          continue
        }
        const content = decodeAnchor(bytes, keyring.anchorKey.key, keyring.vaultId, join(directory, name))
        for (const { id, revision } of content.announced) announce(id, revision)
        for (const [id, mark] of content.marks) {
          mergeMark(marks, id, mark)
          settle(id, mark.revision)
        }
        read.add(name)
      }
    }
  }

  const announce = (id: string, revision: string): void => {
    const revisions = announced.get(id) ?? new Set()
    announced.set(id, revisions.add(revision))
  }

  /** An announced write that was done is remembered by its mark instead. */
  const settle = (id: string, revision: string): void => {
    const revisions = announced.get(id)
    if (revisions?.delete(revision) && revisions.size === 0) announced.delete(id)
  }

  const readUnlessGone = async (path: string): Promise<Uint8Array | undefined> => {
    try {
      return await files.readFile(path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw inaccessible(directory, error)
    }
  }

  /** Writes what is pending, together with what others ask for meanwhile. */
  const flush = (keyring: OpenKeyring): Promise<void> => {
    flushing ??= (async () => {
      await Promise.resolve()
      const [batch, batchAnnounced] = [pending, pendingAnnounced]
      pending = new Map()
      pendingAnnounced = []
      flushing = undefined
      try {
        await writeFile(keyring, batch, batchAnnounced)
      } catch (error) {
        for (const [id, mark] of batch) mergeMark(pending, id, mark)
        pendingAnnounced.push(...batchAnnounced)
        throw inaccessible(directory, error)
      }
    })()
    return flushing
  }

  const writeFile = async (
    keyring: OpenKeyring,
    batch: Map<string, Mark>,
    batchAnnounced: readonly Announcement[],
  ): Promise<void> => {
    if (batch.size + batchAnnounced.length === 0) return
    await makeDirectory()
    const merged = (await fileNames()).filter((name) => read.has(name))
    const isMerging = merged.length >= maxFiles
    const name = `${nextUlid()}-${process.pid}${extension}`
    const temporary = join(directory, `${name}.new`)
    const { vaultId } = keyring
    const all = [...announced].flatMap(([id, revisions]) => [...revisions].map((revision) => ({ id, revision })))
    const content = isMerging
      ? { vaultId, marks, announced: all }
      : { vaultId, marks: batch, announced: batchAnnounced }
    const file = await files.createFile(temporary, 0o600)
    try {
      await file.write(encodeAnchor(content, keyring.anchorKey.key))
      await file.sync()
    } finally {
      await file.close()
    }
    await files.rename(temporary, join(directory, name))
    await files.syncDirectory(directory)
    read.add(name)
    if (!isMerging) return
    for (const old of merged) await removeFile(old)
    // What a crash left half written: names begin with their time, and these are older than everything that was merged.
    const [oldest = ''] = merged
    for (const left of await fileNames(`${extension}.new`)) if (left < oldest) await removeFile(left)
  }

  const removeFile = async (name: string): Promise<void> => {
    try {
      await files.unlink(join(directory, name))
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
    read.delete(name)
  }

  const makeDirectory = async (): Promise<void> => {
    if (isDirectoryDurable) return
    try {
      await files.makeDirectory(directory, 0o700)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    // Also when it was there: who made it may have stopped before this.
    await files.syncDirectory(dirname(directory))
    isDirectoryDurable = true
  }

  /** Merges a mark and resolves when it is durable. */
  const add = async (keyring: OpenKeyring, id: string, mark: Mark): Promise<void> => {
    mergeMark(marks, id, mark)
    mergeMark(pending, id, mark)
    await flush(keyring)
  }

  const setState = async (
    { id, revision }: AnchoredRecord,
    state: Mark['state'],
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const keyring = await openKeyring({ signal })
    await refresh(keyring)
    settle(id, revision)
    await add(keyring, id, { epoch: marks.get(id)?.epoch ?? 0, revision, state })
  }

  /** Begins a new epoch with this revision, there or not: somebody else may already be deleting it. */
  const beginEpoch = async (keyring: OpenKeyring, id: string, revision: string): Promise<void> => {
    const epoch = (marks.get(id)?.epoch ?? 0) + 1
    await add(keyring, id, { epoch, revision, state: 'deleting' })
  }

  return {
    async check(id, found, readAgain, { signal } = {}) {
      const keyring = await openKeyring({ signal })
      let current = found
      const isLegalNow = (): boolean =>
        isLegal(marks.get(id), current) || (current !== undefined && announced.get(id)?.has(current.revision) === true)
      await refresh(keyring)
      for (let round = 0; round < maxRounds; round++) {
        if (isLegalNow()) {
          if (current !== undefined) noteSeen(marks, pending, current.id, current.revision)
          return
        }
        // What was read may be older than the mark, and the mark older than what was read: only a read that lies between
        // two looks at the marks which agree is compared with them.
        const before = marks.get(id)
        current = await readAgain()
        await refresh(keyring)
        if (isSame(before, marks.get(id)) && !isLegalNow()) throw rolledBack(id, current)
      }
    },
    async writing({ id, revision }, { signal } = {}) {
      const keyring = await openKeyring({ signal })
      announce(id, revision)
      pendingAnnounced.push({ id, revision })
      await flush(keyring)
    },
    async record(written, { signal } = {}) {
      const { id, revision } = written
      await refresh(await openKeyring({ signal }))
      const mark = marks.get(id)
      if (mark !== undefined && mark.revision > revision && announced.get(id)?.has(revision)) return false
      await setState(written, 'live', signal)
      return true
    },
    deleting: (current, { signal } = {}) => setState(current, 'deleting', signal),
    deleted: (former, { signal } = {}) => setState(former, 'deleted', signal),
    async recovering(id, { signal } = {}) {
      const keyring = await openKeyring({ signal })
      await refresh(keyring)
      const mark = marks.get(id)
      if (mark !== undefined) await beginEpoch(keyring, id, mark.revision)
    },
    async accept({ id, revision }, { signal } = {}) {
      const keyring = await openKeyring({ signal })
      await refresh(keyring)
      await beginEpoch(keyring, id, revision)
    },
    async latestRevision(id, { signal } = {}) {
      await refresh(await openKeyring({ signal }))
      return marks.get(id)?.revision
    },
    hasMarks: async () => (await fileNames()).length > 0,
    async latestKeyringRevision(keyring) {
      await refresh(keyring)
      return marks.get(keyringMark)?.revision
    },
    async recordKeyring(keyring) {
      await refresh(keyring)
      const mark: Mark = { epoch: 0, revision: keyring.revision, state: 'live' }
      if (mergeMark(marks, keyringMark, mark)) await add(keyring, keyringMark, mark)
    },
  }
}

/** Whether a state can be the current one after what was seen. */
const isLegal = (mark: Mark | undefined, found: { readonly revision: string } | undefined): boolean => {
  if (mark === undefined) return true
  if (found === undefined) return mark.state !== 'live'
  return found.revision > mark.revision || (found.revision === mark.revision && mark.state !== 'deleted')
}

/** A newer state that another host wrote: remembered from now on, and made durable with the next write. */
const noteSeen = (marks: Map<string, Mark>, pending: Map<string, Mark>, id: string, revision: string): void => {
  const mark = marks.get(id)
  if (mark !== undefined && mark.revision >= revision) return
  const seen: Mark = { epoch: mark?.epoch ?? 0, revision, state: 'live' }
  mergeMark(marks, id, seen)
  mergeMark(pending, id, seen)
}

const isSame = (a: Mark | undefined, b: Mark | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && compareMarks(a, b) === 0)

const codeOf = (error: unknown): unknown => Reflect.get(Object(error), 'code')

const rolledBack = (id: string, found: { readonly revision: string } | undefined): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'ROLLED_BACK',
    source: 'credential-core',
    operation: 'anchor',
    message:
      found === undefined
        ? `${JSON.stringify(id)} is missing from the vault although nobody deleted it: an older copy was restored, or the record was removed.`
        : `${JSON.stringify(id)} is in an older state than this host has seen: an older copy of it or of the vault was restored.`,
    hint: 'Restore the newest copy; if the older state is meant, accept it (anchor.accept) and rotate the credential.',
    details: { id },
  })

const inaccessible = (directory: string, cause: unknown): HoldfastError => {
  if (HoldfastError.is(cause)) return cause
  const isDenied = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(String(codeOf(cause)))
  return new HoldfastError({
    code: isDenied ? 'PERMISSION_DENIED' : 'UNAVAILABLE',
    source: 'credential-core',
    operation: 'anchor',
    message: `The anchor directory ${directory} could not be read or written.`,
    hint: 'Check that it can be entered and written by the user of this process, and that the disk is not full.',
    cause,
  })
}
