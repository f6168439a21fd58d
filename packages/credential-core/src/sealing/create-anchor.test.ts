import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError } from '@holdfast/contracts'
import type { StoredCredential } from '@holdfast/contracts/credentials'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fullMetadata } from '../../test/support/metadata.ts'
import { createPlainStorage, type PlainStorage } from '../../test/support/plain-storage.ts'
import { createKeyring } from '../keyring/create-keyring.ts'
import { keyringId } from '../keyring/keyring-document.ts'
import { rawKey } from '../keyring/raw-key.ts'
import type { Anchor } from './anchor.ts'
import { compareMarks, type Mark, markStates, mergeMark } from './anchor-marks.ts'
import { createSealer } from './create-sealer.ts'

const revisions = ['01A', '01B', '01C', '01D'] as const
const [r1, r2, r3, r4] = revisions

let folder: string
let directory: string
let storage: PlainStorage
const key = randomBytes(32)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-anchor-'))
  directory = join(folder, 'anchor')
  storage = createPlainStorage()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A process of this host with the vault open. */
const newProcess = (change: { readonly directory?: string; readonly storage?: PlainStorage } = {}) => {
  const keyring = createKeyring({
    storage: change.storage ?? storage,
    unlock: [rawKey(key)],
    createIfMissing: true,
    anchorDirectory: change.directory ?? directory,
  })
  const { anchor } = keyring
  if (anchor === undefined) throw new Error('there is an anchor')
  return { keyring, anchor, sealer: createSealer(keyring) }
}

const found = (revision: string | undefined, id = 'a') => (revision === undefined ? undefined : { id, revision })

/** The outcome of a check when the head stays as it was found. */
const verdict = async (anchor: Anchor, revision: string | undefined, id = 'a'): Promise<string> => {
  try {
    await anchor.check(id, found(revision, id), async () => found(revision, id))
    return 'legal'
  } catch (error) {
    return HoldfastError.is(error, 'DATA_LOSS') ? String(error.reason) : String(error)
  }
}

describe('createAnchor', () => {
  it('finds an older record and a missing one, and takes equal and newer ones', async () => {
    const { anchor } = newProcess()
    expect(await verdict(anchor, undefined)).toBe('legal')
    await anchor.record({ id: 'a', revision: r2 })
    expect(await verdict(anchor, r1)).toBe('ROLLED_BACK')
    expect(await verdict(anchor, undefined)).toBe('ROLLED_BACK')
    expect(await verdict(anchor, r2)).toBe('legal')
    expect(await verdict(anchor, r3)).toBe('legal')
    expect(await verdict(anchor, undefined, 'never seen')).toBe('legal')
  })

  it('remembers across processes', async () => {
    await newProcess().anchor.record({ id: 'a', revision: r2 })
    const other = newProcess().anchor
    expect(await verdict(other, r1)).toBe('ROLLED_BACK')
    expect(await verdict(other, r2)).toBe('legal')
  })

  it('learns newer states from what it is shown', async () => {
    const { anchor } = newProcess()
    expect(await verdict(anchor, r3)).toBe('legal')
    expect(await verdict(anchor, r2)).toBe('ROLLED_BACK')
    await anchor.record({ id: 'other', revision: r1 })
    expect(await verdict(newProcess().anchor, r2)).toBe('ROLLED_BACK')
  })

  it('takes a deleted credential for missing, and its old state for a rollback', async () => {
    const { anchor } = newProcess()
    await anchor.record({ id: 'a', revision: r2 })
    await anchor.deleting({ id: 'a', revision: r2 })
    expect(await verdict(anchor, r2)).toBe('legal')
    expect(await verdict(anchor, undefined)).toBe('legal')
    await anchor.deleted({ id: 'a', revision: r2 })
    const other = newProcess().anchor
    for (const each of [anchor, other]) {
      expect(await verdict(each, undefined)).toBe('legal')
      expect(await verdict(each, r2)).toBe('ROLLED_BACK')
    }
    expect(await other.latestRevision('a')).toBe(r2)
    expect(await verdict(other, r3)).toBe('legal')
  })

  it('takes a deleted credential for there or not while it is recovered', async () => {
    const { anchor } = newProcess()
    const other = newProcess().anchor
    await anchor.record({ id: 'a', revision: r2 })
    await anchor.deleted({ id: 'a', revision: r2 })
    await other.latestRevision('a')
    await anchor.recovering('a')
    for (const revision of [r2, undefined]) expect(await verdict(other, revision)).toBe('legal')
    expect(await verdict(other, r1)).toBe('ROLLED_BACK')
    await anchor.accept({ id: 'a', revision: r2 })
    expect(await verdict(other, r2)).toBe('legal')
    await anchor.record({ id: 'a', revision: r3 })
    expect(await verdict(other, undefined)).toBe('ROLLED_BACK')
    await anchor.recovering('never seen')
  })

  it('knows a create that others overtook by a create and a delete of their own', async () => {
    const { anchor } = newProcess()
    const other = newProcess().anchor
    await anchor.writing({ id: 'a', revision: r1 })
    await other.writing({ id: 'a', revision: r2 })
    await other.record({ id: 'a', revision: r2 })
    await other.deleting({ id: 'a', revision: r2 })
    await other.deleted({ id: 'a', revision: r2 })
    // The first one writes only now: its revision is lower than that of what was deleted before it.
    for (const each of [anchor, other, newProcess().anchor]) expect(await verdict(each, r1)).toBe('legal')
    expect(await anchor.record({ id: 'a', revision: r1 })).toBe(false)
    // So it is written again, and from then on all is in order.
    expect(await anchor.record({ id: 'a', revision: r3 })).toBe(true)
    expect(await verdict(other, r2)).toBe('ROLLED_BACK')
    expect(await verdict(other, undefined)).toBe('ROLLED_BACK')
  })

  it('keeps announced writes when files are merged, until they are done', async () => {
    const { anchor } = newProcess()
    await anchor.record({ id: 'a', revision: r3 })
    await anchor.writing({ id: 'a', revision: r1 })
    for (let count = 0; count < 70; count++) await anchor.record({ id: `${count}`, revision: r1 })
    expect(await verdict(newProcess().anchor, r1)).toBe('legal')
    expect(await verdict(newProcess().anchor, r2)).toBe('ROLLED_BACK')
  })

  it('accepts an older state when it is told to, in every process', async () => {
    const { anchor } = newProcess()
    const other = newProcess().anchor
    await anchor.record({ id: 'a', revision: r3 })
    expect(await verdict(other, r1)).toBe('ROLLED_BACK')
    await anchor.accept({ id: 'a', revision: r1 })
    expect(await verdict(anchor, r1)).toBe('legal')
    expect(await verdict(other, r1)).toBe('legal')
    await anchor.record({ id: 'a', revision: r2 })
    for (const revision of [r1, undefined]) expect(await verdict(other, revision)).toBe('ROLLED_BACK')
  })

  it('does not take a write of another process for a rollback of what was read before it', async () => {
    const reader = newProcess().anchor
    const writer = newProcess().anchor
    await writer.record({ id: 'a', revision: r1 })
    expect(await verdict(reader, r1)).toBe('legal')
    // The reader has r1 in hand; the writer stores r2 and says so, and the reader learns of it before it checks.
    await writer.record({ id: 'a', revision: r2 })
    await reader.latestRevision('a')
    await reader.check('a', found(r1), async () => found(r2))
  })

  it('does not take a delete of another process for a lost record', async () => {
    const reader = newProcess().anchor
    const writer = newProcess().anchor
    await writer.record({ id: 'a', revision: r1 })
    expect(await verdict(reader, r1)).toBe('legal')
    let reads = 0
    await reader.check('a', undefined, async () => {
      if (reads++ === 0) await writer.deleting({ id: 'a', revision: r1 })
      return undefined
    })
    expect(reads).toBe(1)
  })

  it('gives no false alarm while another process writes all the time', async () => {
    const reader = newProcess().anchor
    const writer = newProcess().anchor
    let head = 0
    const next = async () => {
      head++
      await writer.record({ id: 'a', revision: `0${head + 1000}` })
    }
    await next()
    await reader.latestRevision('a')
    await next()
    await reader.latestRevision('a')
    await reader.check('a', found('01001'), async () => {
      const revision = `0${head + 1000}`
      await next()
      return found(revision)
    })
  })

  it('loses no mark of processes that write at once, however often they merge their files', async () => {
    const processes = Array.from({ length: 4 }, () => newProcess().anchor)
    await Promise.all(
      processes.map(async (anchor, number) => {
        for (let count = 0; count < 60; count++) await anchor.record({ id: `${number}-${count}`, revision: r2 })
      }),
    )
    const files = await readdir(directory)
    expect(files.length).toBeLessThan(4 * 64)
    const other = newProcess().anchor
    for (let number = 0; number < 4; number++) {
      for (let count = 0; count < 60; count++) {
        expect(await other.latestRevision(`${number}-${count}`)).toBe(r2)
      }
    }
  })

  it('merges its files into one when there are many', async () => {
    const { anchor } = newProcess()
    await anchor.record({ id: 'a', revision: r1 })
    await writeFile(join(directory, '01BX5ZZKBKACTAV9WEVGEMMVRZ-1.anchor.new'), 'left by a crash')
    for (let count = 0; count < 70; count++) await anchor.record({ id: `${count}`, revision: r1 })
    const names = await readdir(directory)
    expect(names.length).toBeLessThan(20)
    expect(names.filter((name) => name.endsWith('.new'))).toEqual([])
    expect(await verdict(newProcess().anchor, undefined, '3')).toBe('ROLLED_BACK')
  })

  it('is private to its owner', async () => {
    await newProcess().anchor.record({ id: 'a', revision: r1 })
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    for (const name of await readdir(directory)) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
    }
  })

  it('finds its own files altered in any bit', async () => {
    await newProcess().anchor.record({ id: 'a', revision: r2 })
    const names = await readdir(directory)
    const path = join(directory, names.toSorted().at(-1) ?? '')
    const original = await readFile(path)
    for (let bit = 0; bit < original.length * 8; bit++) {
      const bytes = Buffer.from(original)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await writeFile(path, bytes)
      expect(await verdict(newProcess().anchor, r2)).toMatch(/^(TAMPERED|ROLLED_BACK)$/)
    }
  })

  it('fails with its directory named when that cannot be used', async () => {
    await writeFile(directory, 'a file in its place')
    const failed = await verdict(newProcess().anchor, r1)
    expect(failed).toContain(directory)
  })

  it('merges marks in any order to the same', () => {
    const mark = fc.record({
      epoch: fc.nat(2),
      revision: fc.constantFrom(...revisions),
      state: fc.constantFrom(...markStates),
    })
    fc.assert(
      fc.property(fc.array(mark, { minLength: 1 }), fc.array(fc.nat()), (list, order) => {
        const merged = (marks: readonly Mark[]) => {
          const map = new Map<string, Mark>()
          for (const each of marks) mergeMark(map, 'a', each)
          return map.get('a')
        }
        const shuffled = list.map((each, index) => [order[index] ?? 0, each] as const).toSorted(([a], [b]) => a - b)
        const [one, other] = [merged(list), merged([...shuffled.map(([, each]) => each), ...list])]
        expect(one).toEqual(other)
        for (const each of list) expect(compareMarks(each, one ?? each)).toBeLessThanOrEqual(0)
      }),
    )
  })
})

describe('a vault that was restored from an older copy', () => {
  const copyOf = (records: PlainStorage['records']) => new Map<string, StoredCredential>(records)

  const restore = (copy: Map<string, StoredCredential>): void => {
    storage.records.clear()
    for (const [id, record] of copy) storage.records.set(id, record)
  }

  const write = async (process: ReturnType<typeof newProcess>, id: string, revision: string): Promise<void> => {
    await storage.store(id, await process.sealer.seal(fullMetadata({ id, revision }), Buffer.from(revision)))
    await process.anchor.record({ id, revision })
  }

  it('is found by one record that is older', async () => {
    const process = newProcess()
    await write(process, 'a', r1)
    const old = copyOf(storage.records)
    await write(process, 'a', r2)
    storage.records.set('a', old.get('a') as StoredCredential)
    const record = await storage.retrieve('a')
    expect(Buffer.from(await process.sealer.open(record)).toString()).toBe(r1)
    expect(await verdict(newProcess().anchor, record.metadata.revision)).toBe('ROLLED_BACK')
  })

  it('is found by a record that is missing', async () => {
    const process = newProcess()
    await process.keyring.open()
    const old = copyOf(storage.records)
    await write(process, 'a', r1)
    restore(old)
    expect(await verdict(newProcess().anchor, undefined)).toBe('ROLLED_BACK')
  })

  it('is found by its older keyring, before anything else is read', async () => {
    const process = newProcess()
    await process.keyring.open()
    const old = copyOf(storage.records)
    await process.keyring.rotate()
    restore(old)
    for (const { keyring } of [newProcess(), process]) {
      const error: unknown = await keyring.reload().catch((thrown: unknown) => thrown)
      expect(HoldfastError.is(error, 'DATA_LOSS') && error.reason).toBe('ROLLED_BACK')
    }
  })

  it('is found by a keyring that is missing, and no new one is made', async () => {
    await newProcess().keyring.open()
    storage.records.clear()
    const error: unknown = await newProcess()
      .keyring.open()
      .catch((thrown: unknown) => thrown)
    expect(HoldfastError.is(error, 'DATA_LOSS') && error.reason).toBe('ROLLED_BACK')
    expect(storage.records.has(keyringId)).toBe(false)
  })

  it('is found when another vault was put in its place', async () => {
    await newProcess().keyring.open()
    const other = createPlainStorage()
    await newProcess({ storage: other, directory: join(folder, 'other') }).keyring.open()
    const error: unknown = await newProcess({ storage: other })
      .keyring.open()
      .catch((thrown: unknown) => thrown)
    expect(HoldfastError.is(error, 'DATA_LOSS') && error.reason).toBe('ROLLED_BACK')
  })

  it('cannot be told without an anchor', async () => {
    const options = { storage, unlock: [rawKey(key)], createIfMissing: true }
    const keyring = createKeyring(options)
    const sealer = createSealer(keyring)
    await storage.store('a', await sealer.seal(fullMetadata({ id: 'a', revision: r3 }), Buffer.from('old')))
    const old = copyOf(storage.records)
    await storage.store('a', await sealer.seal(fullMetadata({ id: 'a', revision: r4 }), Buffer.from('new')))
    restore(old)
    const opened = await createSealer(createKeyring(options)).open(await storage.retrieve('a'))
    expect(Buffer.from(opened).toString()).toBe('old')
  })

  it('is not suspected when processes change the keyring at the same time', async () => {
    const processes = Array.from({ length: 4 }, () => newProcess())
    await Promise.all(
      processes.map(({ keyring }, index) => keyring.addSlot(rawKey(randomBytes(32), { label: `${index}` }))),
    )
    for (const { keyring } of processes) expect((await keyring.reload()).slots.length).toBe(5)
  })
})
