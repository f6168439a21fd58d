import type { Timer } from '@holdfast/contracts'
import type { CredentialChange, WatchOptions } from '@holdfast/contracts/credentials'
import { readHead } from './credential-folder.ts'
import { errnoOf, toHoldfastError } from './errors.ts'
import { decodeFolderName, isFolderName } from './folder-name.ts'
import { parseIntentName } from './pending-intents.ts'
import { isReadable } from './record-file.ts'
import { pendingFolder, type StoreFolder } from './store-folder.ts'

/**
 * How far before a cursor a watch looks when it resumes, in milliseconds: more than the tick of any file system's clock
 * (2 s on FAT) and than changes are ever out of order. What lies in it may come a second time.
 */
const cursorMarginMs = 5000

const cursorPattern = /^1\.(\d{1,15})$/

/**
 * Yields changes of this and other processes. Every write passes through the pending folder under a name that tells the
 * credential, so watching that one folder is enough however many there are; what notifications miss (a writer killed
 * between two steps, a network file system) is found by looking at the times of all folders now and then. Cursors are
 * such times: a wall clock that jumped back can hide changes made in the hour it repeats from a watch resumed across it.
 */
export const watchChanges = (
  store: StoreFolder,
  options: WatchOptions,
  { rescanIntervalMs, signal, begin }: WatchSettings,
): AsyncIterableIterator<CredentialChange> => {
  const left = new AbortController()
  const stopped = AbortSignal.any([signal, left.signal])
  const changes = generateChanges(store, options, rescanIntervalMs, stopped, begin)
  const iterator: AsyncIterableIterator<CredentialChange> = {
    next: () => changes.next(),
    // A generator that waits would answer its `return` only after the wait.
    return: () => {
      left.abort()
      return changes.return(undefined)
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}

/** What {@link watchChanges} needs to know beside what the caller asked for. */
export interface WatchSettings {
  readonly rescanIntervalMs: number
  /** Ends the watch normally. */
  readonly signal: AbortSignal
  /** Called by the first `next()`; what it throws, that rejects with. */
  readonly begin: () => void
}

const generateChanges = async function* (
  store: StoreFolder,
  { prefix = '', cursor }: WatchOptions,
  rescanIntervalMs: number,
  stopped: AbortSignal,
  begin: () => void,
): AsyncGenerator<CredentialChange> {
  begin()
  const queue = createChangeQueue(stopped)
  notify(store, queue, queue.ended)
  let scannedUpToMs = store.clock.wallNow() - cursorMarginMs
  let timer: Timer | undefined
  const rescanLater = (): void => {
    timer = store.clock.setTimer(() => {
      queue.requestRescan()
      rescanLater()
    }, rescanIntervalMs)
  }
  rescanLater()
  try {
    if (cursor !== undefined) {
      const cursorMs = Number(cursorPattern.exec(cursor)?.[1] ?? Number.NaN)
      if (cursorMs <= store.clock.wallNow() + cursorMarginMs) scannedUpToMs = cursorMs - cursorMarginMs
      else yield { type: 'resynced', id: '', cursor: `1.${Math.max(0, Math.trunc(store.clock.wallNow()))}` }
      queue.requestRescan()
    }
    for (;;) {
      const next = await queue.take()
      if (next === undefined) return
      if (next === 'rescan') {
        const sinceMs = scannedUpToMs
        scannedUpToMs = store.clock.wallNow() - cursorMarginMs
        await enqueueChangedSince(store, queue, sinceMs, stopped)
        continue
      }
      const change = await changeIn(store, queue, next)
      if (change?.id.startsWith(prefix) === true) yield change
    }
  } catch (error) {
    if (!stopped.aborted) throw toHoldfastError(error, 'watch')
  } finally {
    queue.end()
    timer?.cancel()
  }
}

interface PendingChange {
  readonly folder: string
  /** When it was first noticed: a cursor must not pass the changes that wait behind it. */
  readonly noticedAtMs: number
}

/** Changed folders in the order they were noticed, each once. */
interface ChangeQueue {
  /** The number of the newest version that the reader knows, by folder. */
  readonly known: Map<string, number>
  add(change: PendingChange): void
  requestRescan(): void
  end(): void
  /** Aborted when the watch is over, for whatever reason. */
  readonly ended: AbortSignal
  /** The next one; undefined when the watch has ended. */
  take(): Promise<PendingChange | 'rescan' | undefined>
}

const createChangeQueue = (stopped: AbortSignal): ChangeQueue => {
  const changes = new Map<string, PendingChange>()
  let isRescanDue = false
  let wake: (() => void) | undefined
  const ending = new AbortController()
  const ended = AbortSignal.any([stopped, ending.signal])
  ended.addEventListener('abort', () => wake?.(), { once: true })
  return {
    known: new Map(),
    add(change) {
      if (!changes.has(change.folder)) changes.set(change.folder, change)
      wake?.()
    },
    requestRescan() {
      isRescanDue = true
      wake?.()
    },
    end: () => ending.abort(),
    ended,
    async take() {
      while (!ended.aborted) {
        for (const [folder, change] of changes) {
          changes.delete(folder)
          return change
        }
        if (isRescanDue) {
          isRescanDue = false
          return 'rescan'
        }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return undefined
    },
  }
}

/** Listens to the pending folder. A platform that cannot notify leaves the work to the rescans. */
const notify = async (store: StoreFolder, queue: ChangeQueue, signal: AbortSignal): Promise<void> => {
  try {
    for await (const { name } of store.fileSystem.watchDirectory(`${store.directory}/${pendingFolder}`, { signal })) {
      const intent = name === undefined ? undefined : parseIntentName(name)
      if (name === undefined) queue.requestRescan()
      if (intent === undefined || !isFolderName(intent.folder)) continue
      // What the writer saw as the newest before its write.
      if (!queue.known.has(intent.folder)) queue.known.set(intent.folder, intent.base)
      queue.add({ folder: intent.folder, noticedAtMs: store.clock.wallNow() })
    }
  } catch (error) {
    store.logger.warn({ errno: errnoOf(error) }, 'no notifications of changes: watching by rescans alone')
  }
}

const changeIn = async (
  store: StoreFolder,
  queue: ChangeQueue,
  { folder, noticedAtMs }: PendingChange,
): Promise<CredentialChange | undefined> => {
  const decoded = decodeFolderName(folder)
  const head = await readHead(store, folder, decoded)
  if (head === undefined || head.number <= (queue.known.get(folder) ?? 0)) return undefined
  queue.known.set(folder, head.number)
  const { file } = head
  const id = decoded ?? (isReadable(file) ? file.id : undefined)
  if (id === undefined) return undefined
  const cursor = `1.${Math.max(0, Math.trunc(noticedAtMs))}`
  if (!isReadable(file)) return { type: 'stored', id, cursor }
  return file.state === 'stored'
    ? { type: 'stored', id, version: file.version, cursor }
    : { type: 'deleted', id, cursor }
}

/** Queues every folder whose content changed since then, oldest first. */
const enqueueChangedSince = async (
  store: StoreFolder,
  queue: ChangeQueue,
  sinceMs: number,
  stopped: AbortSignal,
): Promise<void> => {
  const changed: PendingChange[] = []
  for await (const folder of store.fileSystem.streamDirectory(store.directory)) {
    if (stopped.aborted) return
    if (!isFolderName(folder)) continue
    const { modifiedAtMs } = await store.fileSystem.inspect(`${store.directory}/${folder}`)
    if (modifiedAtMs >= sinceMs) changed.push({ folder, noticedAtMs: modifiedAtMs })
  }
  for (const change of changed.sort((a, b) => a.noticedAtMs - b.noticedAtMs)) queue.add(change)
}
