import { HoldfastError, throwIfAborted, toTimestamp } from '@holdfast/contracts'
import type { CredentialRecord, Version } from '@holdfast/contracts/credentials'
import type { WritableFile } from '@holdfast/contracts/files'
import { type Head, readVersion, scanVersions, versionPath } from './credential-folder.ts'
import { errnoOf, source } from './errors.ts'
import { encodeFolderName } from './folder-name.ts'
import { intentPath, lowestLiveBase, newIntentName } from './pending-intents.ts'
import { encodeRecordFile } from './record-file.ts'
import { fileMode, folderMode, type StoreFolder } from './store-folder.ts'
import { newVersion } from './version-name.ts'

/** What is to become the newest version. */
export type Proposal =
  | { readonly state: 'stored'; readonly record: CredentialRecord }
  | { readonly state: 'deleted' | 'purged' }

/** A call that writes. */
export interface Write {
  readonly id: string
  readonly operation: string
  readonly signal: AbortSignal | undefined
  /** Set once the write can no longer be taken back. */
  isSent: boolean
}

/** What to write, decided anew each time somebody else was faster. */
export interface Decision {
  /** Whether `decide` needs to know what is there now. Default false: it gets undefined. */
  readonly readsHead?: boolean
  /** Says what to write over this head, nothing to leave it as it is, or throws to refuse. */
  decide(head: Head | undefined): Proposal | undefined | Promise<Proposal | undefined>
}

/** A version that was written. */
export interface CommittedVersion {
  readonly number: number
  readonly version: Version
  readonly storedAt: string
}

/** How often a write starts over because others were faster. Each time one of them has succeeded. */
const maxAttempts = 10_000

/**
 * Makes a proposal the newest version of a credential, over exactly the version that `decide` saw, and resolves when it
 * is durable. The steps and why they are safe are in decision 0101: write and sync an intent, look again, link it to the
 * next number (which fails when somebody else took it), sync the folder, remove the intent, prune.
 */
export const commitVersion = async (
  store: StoreFolder,
  write: Write,
  { readsHead = false, decide }: Decision,
): Promise<CommittedVersion | undefined> => {
  const { id, operation, signal } = write
  const folder = encodeFolderName(id)
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    throwIfAborted(signal, { source, operation })
    const number = (await scanVersions(store, folder))[0] ?? 0
    let head: Head | undefined
    if (readsHead && number > 0) {
      const file = await readVersion(store, folder, number, id)
      // Pruned already: there is a newer one.
      if (file === undefined) continue
      head = { number, file }
    }
    const proposal = await decide(head)
    if (proposal === undefined) return undefined
    const committed = await attemptCommit(store, write, folder, number, proposal)
    if (committed !== undefined) return committed
  }
  throw new HoldfastError({
    code: 'UNAVAILABLE',
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} lost against other writers ${maxAttempts} times.`,
    hint: 'Let fewer writers work on one credential at once.',
    details: { id },
  })
}

const attemptCommit = async (
  store: StoreFolder,
  write: Write,
  folder: string,
  base: number,
  proposal: Proposal,
): Promise<CommittedVersion | undefined> => {
  const number = base + 1
  const version = newVersion(number)
  const storedAt = toTimestamp(store.clock.wallNow())
  const bytes = encodeRecordFile({ id: write.id, version, storedAt, ...proposal })
  const intent = intentPath(store, newIntentName(store, folder, base))
  let kept: readonly number[] | undefined
  try {
    const folderMade = base === 0 ? createFolder(store, folder) : undefined
    const file = await allSettled(
      writeIntent(store, intent, bytes),
      folderMade?.catch(() => {}),
    )
    // What counts is on the device: the file is closed beside the second look.
    kept = await allSettled(scanVersions(store, folder), file.close(), folderMade)
    if ((kept[0] ?? 0) !== base || !(await publish(store, write, intent, versionPath(store, folder, number)))) {
      kept = undefined
    }
  } catch (error) {
    await discard(store, intent)
    throw error
  }
  if (kept === undefined) {
    await discard(store, intent)
    return undefined
  }
  const surplus = [number, ...kept].slice(store.keepVersions + (proposal.state === 'stored' ? 0 : 1))
  // The device is the slow one: the tidying runs beside the sync, except that the version before this one must stay
  // until this one is durable.
  await allSettled(
    store.fileSystem.syncDirectory(`${store.directory}/${folder}`),
    tidy(
      store,
      folder,
      intent,
      surplus.filter((old) => old < base),
    ),
  )
  if (surplus.includes(base)) await prune(store, folder, [base])
  return { number, version, storedAt }
}

/** Waits for all, so that nothing goes on behind the caller's back, then answers as the first, or rejects as one that did. */
const allSettled = async <A>(first: Promise<A>, ...others: readonly (Promise<unknown> | undefined)[]): Promise<A> => {
  await Promise.allSettled([first, ...others])
  await Promise.all(others)
  return first
}

/**
 * Creates the credential's folder and makes its entry durable before the first version can be seen, so that whoever finds
 * a version need not wonder whether the folder around it would survive.
 */
const createFolder = async (store: StoreFolder, folder: string): Promise<void> => {
  try {
    await store.fileSystem.makeDirectory(`${store.directory}/${folder}`, folderMode)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
  await store.fileSystem.syncDirectory(store.directory)
}

/** Writes and syncs an intent, and leaves it open. */
const writeIntent = async (store: StoreFolder, path: string, bytes: Uint8Array): Promise<WritableFile> => {
  const file = await store.fileSystem.createFile(path, fileMode)
  try {
    await file.write(bytes)
    await file.sync()
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Gives the intent the name of the version: the moment of the write. False when the name is taken or the intent was fenced. */
const publish = async (store: StoreFolder, write: Write, intent: string, path: string): Promise<boolean> => {
  throwIfAborted(write.signal, { source, operation: write.operation })
  write.isSent = true
  const { fileSystem, canLink } = store
  try {
    await (canLink ? fileSystem.link(intent, path) : fileSystem.rename(intent, path))
    return true
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'EEXIST' && errno !== 'ENOENT') throw error
    write.isSent = false
    return false
  }
}

/** Removes the intent. One that cannot be removed harms nobody: it is swept when the store is next opened. */
const discard = async (store: StoreFolder, intent: string): Promise<void> => {
  try {
    await store.fileSystem.unlink(intent)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') store.logger.warn({ file: intent, errno: errnoOf(error) }, 'an intent was left')
  }
}

const tidy = async (store: StoreFolder, folder: string, intent: string, surplus: readonly number[]): Promise<void> => {
  await discard(store, intent)
  await prune(store, folder, surplus)
}

/**
 * Removes old versions, oldest first, but none above the lowest base of a live intent: the name after that base must stay
 * taken, or its writer would link to it and believe to be the newest. A failure is logged and made good by the next write.
 */
const prune = async (store: StoreFolder, folder: string, numbers: readonly number[]): Promise<void> => {
  if (numbers.length === 0) return
  try {
    const lowest = await lowestLiveBase(store, folder)
    for (const number of numbers.toReversed()) {
      if (number <= lowest) await store.fileSystem.unlink(versionPath(store, folder, number))
    }
  } catch (error) {
    // ENOENT: another process pruned at the same time.
    if (errnoOf(error) !== 'ENOENT') store.logger.warn({ folder, errno: errnoOf(error) }, 'old versions were left')
  }
}
