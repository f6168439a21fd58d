import { type Clock, systemClock } from '../clock.ts'
import { type Logger, silentLogger } from '../logger.ts'
import type { ChangeLog } from './change-log.ts'
import type { Version } from './credential-record.ts'
import type { CredentialChange, WatchOptions } from './credential-storage.ts'
import { createPollSeries, type PollSeries } from './poll-series.ts'

/** One credential as a poll found it. */
export interface PolledCredential {
  readonly id: string
  readonly version: Version
  /** When this version was stored, on the backend's clock, in milliseconds since 1970. Absent: the backend does not tell. */
  readonly storedAtMs?: number | undefined
}

/** What a poll answers as soon as the backend has answered for the first time. */
export interface Poll {
  /** The backend's clock at that moment or a little before, in milliseconds since 1970: the `Date` of its answer. Absent: it does not tell. */
  readonly backendNowMs?: number | undefined
  /** What is there, each id once. */
  readonly credentials: AsyncIterable<PolledCredential> | Iterable<PolledCredential>
}

/** What a {@link PollingWatcher} is made of. */
export interface PollingWatcherOptions {
  /** Reads what is there under a prefix of ids. */
  readonly poll: (prefix: string, signal: AbortSignal) => Promise<Poll>
  /** From the end of one poll to the beginning of the next, in milliseconds. */
  readonly intervalMs: number
  /** How far an interval is off at most, as a part of it, so that processes started together do not poll together. Default 0.2. */
  readonly jitter?: number | undefined
  /** A number from 0 to below 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined
  readonly clock?: Clock | undefined
  /** Told of polls that failed and are repeated. */
  readonly logger?: Logger | undefined
  /** Ends every watch normally: `closer.closing`. */
  readonly closing: AbortSignal
  /** Runs with the first `next()` of each watch, which rejects with what it throws: `closer.throwIfClosed`. */
  readonly begin: () => void
}

/** `Watchable` for backends that notify nobody. */
export interface PollingWatcher {
  watch(options?: WatchOptions): AsyncIterableIterator<CredentialChange>
  /**
   * To be called after each write of this instance, with `undefined` for a delete, so that what it has stored and deleted
   * between two polls is told as well.
   */
  noticeWrite(id: string, version: Version | undefined): void
}

/** How many of the latest own writes are remembered, so that those before a watch are not taken for changes after it. */
const rememberedWrites = 1000

/**
 * Makes a {@link PollingWatcher}. All watches of one prefix share one series of polls, which pauses while nobody watches.
 * What it has found is kept, so that a cursor resumes on the instance it came from; on another one it is answered with
 * `resynced`. A poll that fails with a retryable error is logged and repeated, any other failure ends the watches with it.
 * What others store and delete again between two polls is not seen.
 */
export const createPollingWatcher = (options: PollingWatcherOptions): PollingWatcher => {
  const { jitter = 0.2, random = Math.random, clock = systemClock, logger = silentLogger } = options
  const writes = new Map<string, Version | undefined>()
  const allSeries = new Map<string, PollSeries>()
  const seriesOf = (prefix: string): PollSeries => {
    const series =
      allSeries.get(prefix) ?? createPollSeries(prefix, { ...options, jitter, random, clock, logger }, writes)
    allSeries.set(prefix, series)
    return series
  }
  return {
    watch({ prefix = '', cursor, signal } = {}) {
      const left = new AbortController()
      const ended = AbortSignal.any([left.signal, options.closing, ...(signal === undefined ? [] : [signal])])
      const changes = iterate(() => seriesOf(prefix), cursor, ended, options.begin)
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
    },
    noticeWrite(id, version) {
      // Deleted first, so that the oldest stay in front.
      writes.delete(id)
      writes.set(id, version)
      if (writes.size > rememberedWrites) writes.delete(writes.keys().next().value ?? id)
      for (const series of allSeries.values()) series.noticeWrite(id)
    },
  }
}

const iterate = async function* (
  seriesOf: () => PollSeries,
  cursor: string | undefined,
  ended: AbortSignal,
  begin: () => void,
): AsyncGenerator<CredentialChange, undefined> {
  begin()
  if (ended.aborted) return undefined
  const series = seriesOf()
  const { changes } = series
  const cursorAt = (sequence: number): string => `${series.name}.${sequence}`
  const run = series.join()
  const stopped = AbortSignal.any([ended, run.ended])
  try {
    const start = await unlessEnded(run.start, ended)
    if (start === undefined) return undefined
    // -1 is always too old.
    let position = cursor === undefined ? start : (sequenceOf(cursor, series.name) ?? -1)
    while (!ended.aborted) {
      const change = changes.after(position, '')
      if (change === undefined) {
        if (run.ended.aborted) throw run.ended.reason
        await nextChange(changes, stopped)
      } else if (change === 'lost') {
        position = position === -1 ? start : changes.last
        yield { type: 'resynced', id: '', cursor: cursorAt(position) }
      } else {
        position = change.sequence
        const told = { id: change.id, cursor: cursorAt(position) }
        yield change.version === undefined
          ? { type: 'deleted', ...told }
          : { type: 'stored', ...told, version: change.version }
      }
    }
  } finally {
    run.leave()
  }
  return undefined
}

/** Where a cursor stands; undefined for one of another series or of no form we know. */
const sequenceOf = (cursor: string, name: string): number | undefined => {
  const digits = cursor.startsWith(`${name}.`) ? cursor.slice(name.length + 1) : ''
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined
}

/** Undefined as soon as the watch has ended. */
const unlessEnded = (work: Promise<number>, ended: AbortSignal): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const onEnd = (): void => resolve(undefined)
    ended.addEventListener('abort', onEnd, { once: true })
    work.then(resolve, reject).finally(() => ended.removeEventListener('abort', onEnd))
  })

const nextChange = (changes: ChangeLog, ended: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const wake = (): void => {
      unsubscribe()
      ended.removeEventListener('abort', wake)
      resolve()
    }
    const unsubscribe = changes.subscribe(wake)
    ended.addEventListener('abort', wake)
  })
