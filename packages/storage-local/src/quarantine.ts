import { randomBytes } from 'node:crypto'
import { toTimestamp } from '@holdfast/contracts'
import type { Version } from '@holdfast/contracts/credentials'
import { commitVersion, type Proposal, type Write } from './commit-version.ts'
import { type Head, readVersion, scanVersions, versionPath } from './credential-folder.ts'
import { errnoOf, newerFormat, notFound } from './errors.ts'
import { encodeFolderName } from './folder-name.ts'
import { fenceIntents } from './pending-intents.ts'
import { isReadable, type RecordFile } from './record-file.ts'
import { fileMode, folderMode, quarantineFolder, type StoreFolder } from './store-folder.ts'

/** A damaged file that was moved aside. Its report lies beside it as JSON. */
export interface QuarantinedFile {
  readonly id: string
  /** Where it is now, absolute. */
  readonly file: string
  /** What was wrong with it. */
  readonly problem: string
  /** RFC 3339, UTC. */
  readonly quarantinedAt: string
}

/** What `repair` did. */
export interface RepairReport {
  readonly id: string
  /** The damaged files it moved aside; empty when there was none. */
  readonly quarantined: readonly QuarantinedFile[]
  /** Present when the current version was damaged and an earlier one took its place: which, and its new version. */
  readonly restored?: { readonly from: Version; readonly version: Version }
}

const reportPattern = /^(.+)\.v\d+\.[0-9a-f]{16}\.json$/

/**
 * Moves every damaged version of a credential aside. If the current one is damaged, the newest earlier version that can be
 * read is written as the current one first: its record, or its deletion. If none can be read, the credential is gone.
 */
export const repairCredential = async (store: StoreFolder, write: Write): Promise<RepairReport> => {
  const { id, operation } = write
  const folder = encodeFolderName(id)
  const versions = await readAll(store, folder, id)
  const [head] = versions
  if (head === undefined) throw notFound(id, operation)
  if (head.file.state === 'newer') {
    throw newerFormat({ id, file: versionPath(store, folder, head.number), problem: head.file.problem }, operation)
  }
  const damaged = versions.flatMap(({ number, file }) => (file.state === 'damaged' ? [{ number, ...file }] : []))
  if (damaged.length === 0) return { id, quarantined: [] }
  const restored = await restorePrevious(store, folder, write)
  await makeQuarantine(store)
  // As in a purge: an intent from before must not take the place of a version that is moved away here.
  await fenceIntents(store, folder)
  const quarantined: QuarantinedFile[] = []
  for (const { number, problem } of damaged) quarantined.push(await moveAside(store, folder, id, number, problem))
  await store.fileSystem.syncDirectory(quarantinePath(store))
  await store.fileSystem.syncDirectory(`${store.directory}/${folder}`)
  for (const { file, problem } of quarantined)
    store.logger.error({ id, file, problem }, 'a damaged file was moved aside')
  return { id, quarantined, ...(restored === undefined ? {} : { restored }) }
}

/** Yields the damaged files that were moved aside and not yet removed. */
export const listQuarantined = async function* (store: StoreFolder): AsyncGenerator<QuarantinedFile> {
  const names = new Set(await quarantinedNames(store))
  for (const name of names) {
    // A report is written before its file is moved: one without the file is of a repair that was interrupted.
    if (!reportPattern.test(name) || !names.has(name.slice(0, -'.json'.length))) continue
    const text = Buffer.from(await store.fileSystem.readFile(`${quarantinePath(store)}/${name}`)).toString('utf8')
    // Written by `moveAside`, synced before the file was moved, and nothing else writes into this folder.
    yield JSON.parse(text) as QuarantinedFile
  }
}

/** Removes what was moved aside of a credential, when it is purged. */
export const removeQuarantined = async (store: StoreFolder, folder: string): Promise<void> => {
  const names = (await quarantinedNames(store)).filter((name) => reportPattern.exec(name)?.[1] === folder)
  if (names.length === 0) return
  for (const name of names) {
    await removeIfThere(store, `${quarantinePath(store)}/${name.slice(0, -'.json'.length)}`)
    await removeIfThere(store, `${quarantinePath(store)}/${name}`)
  }
  await store.fileSystem.syncDirectory(quarantinePath(store))
}

const quarantinePath = (store: StoreFolder): string => `${store.directory}/${quarantineFolder}`

const readAll = async (store: StoreFolder, folder: string, id: string): Promise<readonly Head[]> => {
  const versions: Head[] = []
  for (const number of await scanVersions(store, folder)) {
    const file = await readVersion(store, folder, number, id)
    if (file !== undefined) versions.push({ number, file })
  }
  return versions
}

const restorePrevious = async (store: StoreFolder, folder: string, write: Write): Promise<RepairReport['restored']> => {
  let previous: RecordFile | undefined
  const committed = await commitVersion(store, write, {
    readsHead: true,
    async decide(head) {
      if (head?.file.state !== 'damaged') return undefined
      previous = (await readAll(store, folder, write.id)).map(({ file }) => file).find(isReadable)
      return proposalOf(previous)
    },
  })
  if (committed === undefined || previous === undefined) return undefined
  return { from: previous.version, version: committed.version }
}

const proposalOf = (previous: RecordFile | undefined): Proposal => {
  if (previous === undefined) return { state: 'purged' }
  return previous.state === 'stored' ? { state: 'stored', record: previous.record } : { state: previous.state }
}

const makeQuarantine = async (store: StoreFolder): Promise<void> => {
  try {
    await store.fileSystem.makeDirectory(quarantinePath(store), folderMode)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
  await store.fileSystem.syncDirectory(store.directory)
}

const moveAside = async (
  store: StoreFolder,
  folder: string,
  id: string,
  number: number,
  problem: string,
): Promise<QuarantinedFile> => {
  const path = `${quarantinePath(store)}/${folder}.v${number}.${randomBytes(8).toString('hex')}`
  const report = { id, file: path, problem, quarantinedAt: toTimestamp(store.clock.wallNow()) }
  const file = await store.fileSystem.createFile(`${path}.json`, fileMode)
  try {
    await file.write(Buffer.from(`${JSON.stringify(report, undefined, 2)}\n`, 'utf8'))
    await file.sync()
  } finally {
    await file.close()
  }
  await store.fileSystem.rename(versionPath(store, folder, number), path)
  return report
}

const quarantinedNames = async (store: StoreFolder): Promise<readonly string[]> => {
  try {
    return await store.fileSystem.readDirectory(quarantinePath(store))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}

const removeIfThere = async (store: StoreFolder, path: string): Promise<void> => {
  try {
    await store.fileSystem.unlink(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
