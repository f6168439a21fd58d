import { damagedFile, errnoOf, newerFormat } from './errors.ts'
import { decodeRecordFile, isReadable, type RecordFile, type UnreadableFile } from './record-file.ts'
import type { StoreFolder } from './store-folder.ts'
import { versionFileName, versionFileNumber } from './version-name.ts'

/** The newest version of a credential, as it lies on the disk. */
export interface Head {
  readonly number: number
  readonly file: RecordFile | UnreadableFile
}

/** How often a reader looks again when the version it has just seen is pruned before it could open it. */
const maxScans = 100

/** The path of a version's file. */
export const versionPath = (store: StoreFolder, folder: string, number: number): string =>
  `${store.directory}/${folder}/${versionFileName(number, store.fileExtension)}`

/** The numbers of all versions that are kept, newest first; none when there is no such folder. */
export const scanVersions = async (store: StoreFolder, folder: string): Promise<readonly number[]> => {
  const numbers: number[] = []
  for (const name of await namesIn(store, folder)) {
    const number = versionFileNumber(name, store.fileExtension)
    if (number > 0) numbers.push(number)
  }
  return numbers.sort((a, b) => b - a)
}

const scanNewest = async (store: StoreFolder, folder: string): Promise<number> => {
  let newest = 0
  for (const name of await namesIn(store, folder)) {
    const number = versionFileNumber(name, store.fileExtension)
    if (number > newest) newest = number
  }
  return newest
}

const namesIn = async (store: StoreFolder, folder: string): Promise<readonly string[]> => {
  try {
    return await store.fileSystem.readDirectory(`${store.directory}/${folder}`)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}

/** One version, or undefined when it is not there (any more). */
export const readVersion = async (
  store: StoreFolder,
  folder: string,
  number: number,
  id: string | undefined,
): Promise<RecordFile | UnreadableFile | undefined> => {
  let bytes: Uint8Array
  try {
    bytes = await store.fileSystem.readFile(versionPath(store, folder, number))
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return undefined
    // A link or a folder under the name of a version: not followed, not read.
    if (errno === 'ELOOP' || errno === 'EISDIR') return { state: 'damaged', problem: 'it is not a plain file' }
    throw error
  }
  return decodeRecordFile(bytes, { id, number })
}

/** The newest version, or undefined when there is none. */
export const readHead = async (
  store: StoreFolder,
  folder: string,
  id: string | undefined,
): Promise<Head | undefined> => {
  for (let scan = 0; scan < maxScans; scan++) {
    const number = await scanNewest(store, folder)
    if (number === 0) return undefined
    const file = await readVersion(store, folder, number, id)
    if (file !== undefined) return { number, file }
  }
  throw Object.assign(new Error('the newest version kept vanishing before it could be opened'), { code: 'EBUSY' })
}

/** The newest version below `number` that is kept, whatever its state. */
export const readPrevious = async (
  store: StoreFolder,
  folder: string,
  number: number,
  id: string | undefined,
): Promise<Head | undefined> => {
  for (const earlier of await scanVersions(store, folder)) {
    const file = earlier < number ? await readVersion(store, folder, earlier, id) : undefined
    if (file !== undefined) return { number: earlier, file }
  }
  return undefined
}

/** The newest version below `number` that can be read and holds a record. */
const readPreviousRecord = async (
  store: StoreFolder,
  folder: string,
  number: number,
  id: string | undefined,
): Promise<(RecordFile & { readonly state: 'stored' }) | undefined> => {
  for (const earlier of await scanVersions(store, folder)) {
    if (earlier >= number) continue
    const file = await readVersion(store, folder, earlier, id)
    if (file?.state === 'stored') return file
  }
  return undefined
}

/** The version as something that can be read, or the error that says why not and which earlier version can. */
export const requireReadable = async (
  store: StoreFolder,
  folder: string,
  { number, file }: Head,
  id: string,
  operation: string,
): Promise<RecordFile> => {
  if (isReadable(file)) return file
  const report = { id, file: versionPath(store, folder, number), problem: file.problem }
  if (file.state === 'newer') throw newerFormat(report, operation)
  const previous = await readPreviousRecord(store, folder, number, id)
  throw damagedFile({ ...report, previousVersion: previous?.version }, operation)
}
