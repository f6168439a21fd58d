import type { Clock, HoldfastError, Logger } from '@holdfast/contracts'
import type { CredentialChange, EncodedNames, WatchOptions } from '@holdfast/contracts/credentials'
import { hasStatus } from './errors.ts'
import { ApiRefusal, type KubernetesApi } from './kubernetes-api.ts'
import { readPage, type SecretSelection } from './list-secrets.ts'
import { readSummary, type SecretObject } from './secret-object.ts'

/** What a watch is made of. */
export interface SecretWatchOptions {
  readonly api: KubernetesApi
  readonly selection: SecretSelection
  readonly names: EncodedNames
  readonly clock: Clock
  readonly logger: Logger
  /** Ends every watch normally. */
  readonly closing: AbortSignal
  /** Runs with the first `next()`; throws when the storage is closed. */
  readonly begin: () => void
  readonly toError: (error: unknown) => HoldfastError
}

/** How long the API server keeps a watch open before it is begun anew, in seconds: below the five minutes of its own and of load balancers, and not the same for all. */
const shortestWatchSeconds = 200
const watchSpreadSeconds = 80

/** How long to wait before a broken watch is begun anew; doubled with each failure in a row, with jitter. */
const firstPauseMs = 200
const longestPauseMs = 30_000

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: SecretObject & { readonly code?: number }
}

/**
 * Watches the secrets of a storage as the API server tells of them: a list for the place to begin at, then a watch from
 * there, begun anew from the last place whenever it ends. When the place is too old (410) the reader is told `resynced`.
 * Cursors are resource versions of the cluster, so they are good in every process until the API server forgets them.
 */
export const watchSecrets = (
  options: SecretWatchOptions,
  { prefix = '', cursor, signal }: WatchOptions = {},
): AsyncIterableIterator<CredentialChange> => {
  const left = new AbortController()
  const ended = AbortSignal.any([left.signal, options.closing, ...(signal === undefined ? [] : [signal])])
  const changes = iterate(options, prefix, cursor, ended)
  return {
    next: () => changes.next(),
    return() {
      // The generator may be waiting for a change: without this its own return would wait with it.
      left.abort()
      return changes.return(undefined)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

const iterate = async function* (
  options: SecretWatchOptions,
  prefix: string,
  cursor: string | undefined,
  ended: AbortSignal,
): AsyncGenerator<CredentialChange, undefined> {
  options.begin()
  if (ended.aborted) return undefined
  const reading = new AbortController()
  const stopped = AbortSignal.any([ended, reading.signal])
  // The latest change of each id that the reader has not taken yet, in the order in which they came.
  const pending = new Map<string, CredentialChange>()
  let failure: HoldfastError | undefined
  let wake = (): void => {}
  // One listener for all waits: the watch may go on for months.
  ended.addEventListener('abort', () => wake(), { once: true })
  const tell = (change: CredentialChange): void => {
    pending.delete(change.id)
    pending.set(change.id, change)
    wake()
  }
  try {
    let position: string
    try {
      position = (await readPage(options.api, options.selection, stopped, 1)).metadata.resourceVersion
    } catch (error) {
      if (ended.aborted) return undefined
      throw options.toError(error)
    }
    if (cursor !== undefined) {
      if (isPlaceBefore(cursor, position)) position = cursor
      else tell({ type: 'resynced', id: '', cursor: position })
    }
    void follow(options, prefix, position, stopped, tell).catch((error: unknown) => {
      failure = options.toError(error)
      wake()
    })
    for (;;) {
      const [next] = pending.values()
      if (next !== undefined) {
        pending.delete(next.id)
        yield next
        if (ended.aborted) return undefined
        continue
      }
      if (ended.aborted) return undefined
      if (failure !== undefined) throw failure
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    reading.abort()
  }
}

/** Reads events until it is stopped; rejects with what cannot get better by itself. */
const follow = async (
  options: SecretWatchOptions,
  prefix: string,
  start: string,
  stopped: AbortSignal,
  tell: (change: CredentialChange) => void,
): Promise<void> => {
  const { api, selection, names, clock, logger } = options
  /** Where to go on; undefined when the API server has forgotten the place. */
  let position: string | undefined = start
  /** Attempts in a row that brought nothing. */
  let failures = 0
  const handle = ({ type, object }: WatchEvent): void => {
    if (type === 'ERROR') throw new ApiRefusal(object.code ?? 500, '', 'the watch was ended with an error')
    failures = 0
    const told = object.metadata.resourceVersion ?? position ?? ''
    position = told
    if (type === 'BOOKMARK') return
    const summary = readSummary(names, object)
    if (summary === undefined || !summary.id.startsWith(prefix)) return
    const change = { id: summary.id, cursor: told }
    tell(type === 'DELETED' ? { type: 'deleted', ...change } : { type: 'stored', ...change, version: told })
  }
  while (!stopped.aborted) {
    failures += 1
    const begunAtMs = clock.monotonicNow()
    try {
      if (position === undefined) {
        position = (await readPage(api, selection, stopped, 1)).metadata.resourceVersion
        tell({ type: 'resynced', id: '', cursor: position })
      }
      const events = api.stream({
        method: 'GET',
        path: selection.path,
        query: {
          labelSelector: selection.labelSelector,
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion: position,
          timeoutSeconds: String(shortestWatchSeconds + Math.floor(Math.random() * watchSpreadSeconds)),
        },
        metadataOnly: 'object',
        signal: stopped,
      })
      // The API server sends one such object a line.
      for await (const event of events) handle(event as WatchEvent)
      if (clock.monotonicNow() - begunAtMs >= longestPauseMs) failures = 0
    } catch (error) {
      if (stopped.aborted) return
      if (hasStatus(error, 410)) position = undefined
      else {
        const failure = options.toError(error)
        if (!failure.retryable) throw failure
        logger.warn({ event: 'watch', code: failure.code }, `a watch broke and is begun anew: ${failure.message}`)
        failures = Math.max(failures, 1)
      }
    }
    // One that was of some use is begun anew at once.
    if (failures === 0) continue
    const pauseMs = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs) * (0.75 + Math.random() / 2)
    await pause(clock, pauseMs, stopped)
  }
}

/** Resource versions are numbers that grow (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions); anything else was never one of ours. */
const isPlaceBefore = (cursor: string, position: string): boolean =>
  /^[1-9]\d{0,19}$/.test(cursor) && /^\d+$/.test(position) && BigInt(cursor) <= BigInt(position)

const pause = (clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.setTimer(end, delayMs, { keepAlive: true })
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
