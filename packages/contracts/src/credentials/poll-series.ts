import type { Timer } from '../clock.ts'
import { HoldfastError } from '../holdfast-error.ts'
import { type ChangeLog, createChangeLog } from './change-log.ts'
import type { Version } from './credential-record.ts'
import type { PolledCredential, PollingWatcherOptions } from './polling-watcher.ts'

/** The polls of one prefix, for all who watch it. */
export interface PollSeries {
  readonly changes: ChangeLog
  /** Cursors of this series begin with it. */
  readonly name: string
  /** Begins to poll, unless it does so already. */
  join(): PollRun
  /** Told of each write of this instance under the prefix. */
  noticeWrite(id: string): void
}

/** From the first who watches to the last. */
export interface PollRun {
  /** The place in the changes from which one who has just joined begins; rejects when the first poll fails. */
  readonly start: Promise<number>
  /** Aborted when no poll follows; the reason is what the last one failed with. */
  readonly ended: AbortSignal
  leave(): void
}

interface ActiveRun {
  readonly stop: AbortController
  readonly first: Promise<number>
  isFirstDone: boolean
  watches: number
  timer?: Timer
}

/** Options of the watcher, with their defaults. */
type PollSeriesOptions = {
  readonly [K in 'poll' | 'intervalMs' | 'jitter' | 'random' | 'clock' | 'logger']: NonNullable<
    PollingWatcherOptions[K]
  >
}

type FoundCredentials = ReadonlyMap<string, PolledCredential>

/** Makes a {@link PollSeries}; `ownWrites` are the latest of this instance, with `undefined` for a delete. */
export const createPollSeries = (
  prefix: string,
  options: PollSeriesOptions,
  ownWrites: ReadonlyMap<string, Version | undefined>,
): PollSeries => {
  const { clock, logger, intervalMs, jitter, random } = options
  const changes = createChangeLog()
  const touched = new Set<string>()
  let known: ReadonlyMap<string, Version> | undefined
  let active: ActiveRun | undefined

  /** Tells what differs from the last poll, first what is not new; answers the place between the two. */
  const compare = (found: FoundCredentials, own: ReadonlySet<string>, isNew: (id: string) => boolean): number => {
    const differing: string[] = []
    for (const [id, { version }] of found) if (known?.get(id) !== version) differing.push(id)
    for (const id of known?.keys() ?? []) if (!found.has(id)) differing.push(id)
    // Stored and deleted since the last poll: nothing differs, and yet something happened.
    for (const id of own) if (!found.has(id) && known?.has(id) !== true) differing.push(id)
    const tell = (id: string): void => changes.append(id, found.get(id)?.version)
    // Before the first poll nobody has a cursor that what is old could come after.
    if (known !== undefined) for (const id of differing) if (!isNew(id)) tell(id)
    const position = changes.last
    for (const id of differing) if (isNew(id)) tell(id)
    known = new Map([...found].map(([id, { version }]) => [id, version]))
    return position
  }

  const read = async (signal: AbortSignal, onAnswer: (backendNowMs?: number) => void): Promise<FoundCredentials> => {
    const { backendNowMs, credentials } = await options.poll(prefix, signal)
    onAnswer(backendNowMs)
    const found = new Map<string, PolledCredential>()
    for await (const credential of credentials) found.set(credential.id, credential)
    signal.throwIfAborted()
    return found
  }

  /** The first poll since somebody watches again: only what was stored since then is new to them. */
  const pollFirst = async (signal: AbortSignal): Promise<number> => {
    const beganAtMs = clock.monotonicNow()
    const earlierWrites = new Map(ownWrites)
    touched.clear()
    let newSinceMs = Number.POSITIVE_INFINITY
    const found = await read(signal, (backendNowMs) => {
      // Rounded down, and less the time since: never later than the moment at which the watch began.
      if (backendNowMs !== undefined) newSinceMs = backendNowMs - (clock.monotonicNow() - beganAtMs)
    })
    // What was touched meanwhile may have come after it was read: the next poll tells.
    return compare(found, new Set(), (id) => {
      const credential = found.get(id)
      if (credential?.storedAtMs === undefined || credential.storedAtMs < newSinceMs) return false
      return earlierWrites.get(id) !== credential.version
    })
  }

  const pollAgain = async (signal: AbortSignal): Promise<void> => {
    const own = new Set(touched)
    touched.clear()
    try {
      compare(await read(signal, () => {}), own, () => true)
    } catch (error) {
      for (const id of own) touched.add(id)
      throw error
    }
  }

  const pollLater = (run: ActiveRun): void => {
    const poll = (): void => {
      pollAgain(run.stop.signal).then(
        () => pollLater(run),
        (error: unknown) => {
          if (run.stop.signal.aborted) return
          if (!HoldfastError.is(error) || !error.retryable) return end(run, error)
          logger.warn(
            { event: 'watch', code: error.code },
            `a poll for changes failed and is repeated: ${error.message}`,
          )
          pollLater(run)
        },
      )
    }
    if (run.stop.signal.aborted) return
    // Somebody waits for what it will find, so the process must not end before.
    run.timer = clock.setTimer(poll, intervalMs * (1 + jitter * (2 * random() - 1)), { keepAlive: true })
  }

  const end = (run: ActiveRun, reason?: unknown): void => {
    run.timer?.cancel()
    run.stop.abort(reason)
    if (active === run) active = undefined
  }

  const begin = (): ActiveRun => {
    const stop = new AbortController()
    const run: ActiveRun = { stop, first: pollFirst(stop.signal), isFirstDone: false, watches: 0 }
    run.first.then(
      () => {
        run.isFirstDone = true
        pollLater(run)
      },
      (error: unknown) => end(run, error),
    )
    return run
  }

  return {
    changes,
    name: crypto.randomUUID(),
    join() {
      active ??= begin()
      const run = active
      run.watches += 1
      return {
        start: run.isFirstDone ? Promise.resolve(changes.last) : run.first,
        ended: run.stop.signal,
        leave() {
          run.watches -= 1
          if (run.watches === 0) end(run)
        },
      }
    },
    noticeWrite(id) {
      if (active !== undefined && id.startsWith(prefix)) touched.add(id)
    },
  }
}
