import { createFakeClock, type FaultFileSystem } from '@holdfast/testkit'
import { createLocalStorage, type LocalStorage, type Platform } from '../src/index.ts'
import { collect } from './collect.ts'
import { sampleRecord, textOf } from './sample-record.ts'

/** Deep, so that creating it needs several folders. */
export const directory = '/data/holdfast/store'

/** A machine on which only process 100 runs: the one whose files are written. */
export const platformOf = (processId: number, isProcessAlive = (id: number) => id === processId): Platform => ({
  name: 'linux',
  processId,
  isProcessAlive,
  run: () => Promise.resolve(),
  accountName: () => 'tester',
})

/** What may be found under each id after what was acknowledged and what was not: null stands for nothing. */
export interface Expectations {
  readonly allowed: Map<string, Set<string | null>>
  /** Ids whose purge was acknowledged and that were not stored again: none of their values may be left anywhere. */
  readonly purged: Set<string>
  /** Ids whose damaged files were moved aside with an acknowledgement. */
  readonly repaired: Set<string>
}

/** How many versions are kept: few, so that pruning happens. */
const keepVersions = 2

export const openStore = (fileSystem: FaultFileSystem, processId = 100): Promise<LocalStorage> =>
  createLocalStorage({
    directory,
    createDirectory: true,
    keepVersions,
    fileSystem,
    platform: platformOf(processId),
    clock: createFakeClock(),
  })

/**
 * Runs every kind of write once, whatever fails on the way, and says what must be found afterwards. `damage` changes the
 * current file of a credential on the disk, past every fault.
 */
export const runWorkload = async (
  fileSystem: FaultFileSystem,
  damage: (id: string) => Promise<void>,
  keep = keepVersions,
): Promise<Expectations> => {
  const allowed = new Map<string, Set<string | null>>()
  const beforeDelete = new Map<string, Set<string | null>>()
  const purged = new Set<string>()
  const repaired = new Set<string>()
  const expectations = { allowed, purged, repaired }
  const options = {
    directory,
    createDirectory: true,
    keepVersions: keep,
    fileSystem,
    platform: platformOf(100),
    clock: createFakeClock(),
  }
  const opened = await createLocalStorage(options).catch(() => undefined)
  if (opened === undefined) return expectations
  const storage = opened

  const attempt = async (id: string, outcomes: ReadonlySet<string | null>, work: () => Promise<unknown>) => {
    purged.delete(id)
    repaired.delete(id)
    const before = allowed.get(id) ?? new Set([null])
    try {
      await work()
      allowed.set(id, new Set(outcomes))
      return true
    } catch {
      allowed.set(id, new Set([...before, ...outcomes]))
      return false
    }
  }
  const store = (id: string, text: string) =>
    attempt(id, new Set([text]), () => storage.store(id, sampleRecord(id, text)))
  const compareAndSet = (id: string, text: string) =>
    attempt(id, new Set([text]), async () => {
      const { version } = await storage.retrieve(id)
      await storage.store(id, sampleRecord(id, text), { ifVersion: version })
    })
  const remove = (id: string) => {
    const values = [...(allowed.get(id) ?? [])].filter((value) => value !== null)
    if (values.length > 0) beforeDelete.set(id, new Set(values))
    return attempt(id, new Set([null]), () => storage.delete(id))
  }
  const recover = (id: string) => attempt(id, beforeDelete.get(id) ?? new Set(), () => storage.recover(id))
  const purge = async (id: string) => {
    if (await attempt(id, new Set([null]), () => storage.purge(id))) purged.add(id)
  }

  await store('a', 'value-a-1')
  await store('b/long', 'value-b-1')
  await compareAndSet('a', 'value-a-2')
  await store('a', 'value-a-3')
  await compareAndSet('a', 'value-a-4')
  await remove('b/long')
  await recover('b/long')
  await remove('b/long')
  await purge('b/long')
  const isFirstStored = await store('c', 'value-c-1')
  const hasPrevious = (await store('c', 'value-c-2')) && isFirstStored && keep > 1
  await damage('c')
  // Until it is repaired its value cannot be read at all: the earlier one may come back, or an unacknowledged one.
  const values = new Set([...(allowed.get('c') ?? []), 'value-c-1', 'damaged'])
  if (!hasPrevious) values.add(null)
  allowed.set('c', values)
  const isRepaired = await attempt('c', values, () => storage.repair('c'))
  if (isRepaired) {
    values.delete('damaged')
    allowed.set('c', values)
    repaired.add('c')
  }
  await store('d', 'value-d-1')
  await store('d', 'value-d-2')
  await damage('d')
  await attempt('d', new Set(['value-d-1', 'value-d-2', 'damaged', null]), () => storage.repair('d'))
  await remove('d')
  await purge('d')
  return expectations
}

/** Everything about the store that does not keep the promises; empty when all is well. */
export const findViolations = async (
  files: FaultFileSystem,
  { allowed, purged, repaired }: Expectations,
): Promise<readonly string[]> => {
  const violations: string[] = []
  const storage = await openStore(files, 200)
  for (const [id, values] of allowed) {
    const found = await storage
      .retrieve(id)
      .then(textOf, (error) =>
        error.code === 'NOT_FOUND' ? null : error.code === 'DATA_LOSS' ? 'damaged' : `${error.code}: ${error.message}`,
      )
    if (!values.has(found)) violations.push(`${id}: found ${found}, allowed ${[...values].join(' or ')}`)
    if (found === 'damaged' || found === null) continue
    for (const { version } of await storage.history(id)) {
      await storage.retrieve(id, { version }).catch((error) => violations.push(`${id} ${version}: ${error.message}`))
    }
  }
  for (const id of repaired) {
    const damaged = await collect(storage.quarantined()).catch((error) => {
      violations.push(`a report is unreadable: ${error.message}`)
      return []
    })
    if (!damaged.some((file) => file.id === id)) violations.push(`${id}: its damaged file was not kept`)
    if ((await storage.repair(id)).quarantined.length > 0) violations.push(`${id}: a damaged file came back`)
  }
  const texts = await allTexts(files, '')
  for (const id of purged) {
    const text = `value-${id.slice(0, 1)}-`
    if (texts.some((content) => content.includes(text))) violations.push(`${id}: a value is left after the purge`)
  }
  if ((await files.readDirectory(`${directory}/.pending`)).length > 0) violations.push('an intent was left')
  await storage.store('after', sampleRecord('after', 'works'))
  if (textOf(await storage.retrieve('after')) !== 'works') violations.push('the store does not work any more')
  return violations
}

const allTexts = async (files: FaultFileSystem, path: string): Promise<string[]> => {
  const texts: string[] = []
  for (const name of await files.readDirectory(path === '' ? '/' : path)) {
    const child = `${path}/${name}`
    const { kind } = await files.inspect(child)
    if (kind === 'directory') texts.push(...(await allTexts(files, child)))
    else texts.push(Buffer.from(await files.readFile(child)).toString('latin1'))
  }
  return texts
}

/** Flips one bit in the middle of the newest version of a credential whose id needs no encoding. */
export const damageNewest = async (files: FaultFileSystem, id: string): Promise<void> => {
  const folder = `${directory}/${id}`
  const names = await files.readDirectory(folder).catch(() => [])
  const newest = Math.max(0, ...names.map((name) => Number(/^v(\d+)/.exec(name)?.[1] ?? 0)))
  if (newest === 0) return
  const path = `${folder}/v${newest}.cred`
  const content = Uint8Array.from(await files.readFile(path))
  const middle = content.length >> 1
  content[middle] = (content[middle] ?? 0) ^ 1
  files.overwrite(path, content)
}
