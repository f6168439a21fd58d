import { randomBytes } from 'node:crypto'
import { errnoOf } from './errors.ts'
import { pendingFolder, type StoreFolder } from './store-folder.ts'

/** A write that was begun: the file exists and is not yet, or just now, linked to its version. */
export interface Intent {
  /** Name of the file in the pending folder. */
  readonly name: string
  /** The credential's folder. */
  readonly folder: string
  /** The number of the version that the writer saw as the newest. */
  readonly base: number
  readonly processId: number
  readonly createdAtMs: number
}

/**
 * An intent older than this is taken for abandoned even if a process with its number runs, in milliseconds: a write takes
 * some milliseconds, and numbers of processes are used again. A slower writer is only made to try again.
 */
const staleAfterMs = 60_000

const pattern = /^(.+)\.(\d{1,15})\.(\d{1,10})\.([0-9a-z]{1,9})\.[0-9a-f]{8}$/

/** The path of an intent. */
export const intentPath = (store: StoreFolder, name: string): string => `${store.directory}/${pendingFolder}/${name}`

/** A new name, which tells everything others need to know of the intent. */
export const newIntentName = (store: StoreFolder, folder: string, base: number): string => {
  const createdAt = Math.max(0, Math.trunc(store.clock.wallNow())).toString(36)
  return `${folder}.${base}.${store.platform.processId}.${createdAt}.${randomBytes(4).toString('hex')}`
}

/** What a name in the pending folder tells; undefined when this library did not make it. */
export const parseIntentName = (name: string): Intent | undefined => {
  const [, folder, base, processId, createdAt] = pattern.exec(name) ?? []
  if (folder === undefined || createdAt === undefined) return undefined
  return {
    name,
    folder,
    base: Number(base),
    processId: Number(processId),
    createdAtMs: Number.parseInt(createdAt, 36),
  }
}

/**
 * Removes the intents whose writers are gone, which also fences a writer that was wrongly taken for gone: its link then
 * finds nothing and it tries again.
 */
export const sweepStaleIntents = async (store: StoreFolder): Promise<void> => {
  for (const name of await store.fileSystem.readDirectory(`${store.directory}/${pendingFolder}`)) {
    const intent = parseIntentName(name)
    if (intent !== undefined && isStale(store, intent)) await fence(store, intent)
  }
}

/** The lowest base among the live intents of a credential, Infinity when there is none; stale ones are fenced. */
export const lowestLiveBase = async (store: StoreFolder, folder: string): Promise<number> => {
  let lowest = Number.POSITIVE_INFINITY
  for (const intent of await intentsOf(store, folder)) {
    if (isStale(store, intent)) await fence(store, intent)
    else lowest = Math.min(lowest, intent.base)
  }
  return lowest
}

/** Makes the link of every write of this credential that has begun fail, so that its writer looks again and starts over. */
export const fenceIntents = async (store: StoreFolder, folder: string): Promise<void> => {
  for (const intent of await intentsOf(store, folder)) await fence(store, intent)
}

const intentsOf = async (store: StoreFolder, folder: string): Promise<readonly Intent[]> => {
  const names = await store.fileSystem.readDirectory(`${store.directory}/${pendingFolder}`)
  return names.flatMap((name) => {
    const intent = name.startsWith(folder) ? parseIntentName(name) : undefined
    return intent?.folder === folder ? [intent] : []
  })
}

const isStale = (store: StoreFolder, { processId, createdAtMs }: Intent): boolean =>
  Math.abs(store.clock.wallNow() - createdAtMs) > staleAfterMs || !store.platform.isProcessAlive(processId)

const fence = async (store: StoreFolder, intent: Intent): Promise<void> => {
  try {
    await store.fileSystem.unlink(intentPath(store, intent.name))
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
