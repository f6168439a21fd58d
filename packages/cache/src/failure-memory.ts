import type { Clock } from '@holdfast/contracts'

/** A load that brought no value: there is none, or it failed. */
export type Failure = { readonly absent: true } | { readonly absent: false; readonly error: unknown }

/** Most failures that are remembered; the oldest is forgotten first. A forgotten one costs a load, nothing else. */
const maxFailures = 1000
const defaultMaxPauseMs = 60_000

/** Remembers for a while which keys could not be loaded, longer with each failure in a row. */
export class FailureMemory<K> {
  readonly #clock: Clock
  readonly #records = new Map<K, FailureRecord>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The failure of a key that is still to be answered for it. */
  current(key: K): Failure | undefined {
    if (this.#records.size === 0) return undefined
    const record = this.#records.get(key)
    return record !== undefined && this.#clock.monotonicNow() < record.until ? record.failure : undefined
  }

  /** Remembers a failure for `pauseMs`, or for twice as long as the one before it if that was not long ago. */
  remember(key: K, failure: Failure, pauseMs: number, maxPauseMs: number = defaultMaxPauseMs): void {
    const now = this.#clock.monotonicNow()
    const before = this.#records.get(key)
    const inARow = before !== undefined && now <= before.until + before.pauseMs
    const nextMs = Math.min(inARow ? before.pauseMs * 2 : pauseMs, Math.max(pauseMs, maxPauseMs))
    this.#records.delete(key)
    const oldest = this.#records.size >= maxFailures ? this.#records.keys().next() : undefined
    if (oldest?.done === false) this.#records.delete(oldest.value)
    this.#records.set(key, { failure, pauseMs: nextMs, until: now + nextMs })
  }

  forget(key: K): void {
    if (this.#records.size > 0) this.#records.delete(key)
  }

  forgetWhere(matches: (key: K) => boolean): void {
    for (const key of this.#records.keys()) if (matches(key)) this.#records.delete(key)
  }
}

interface FailureRecord {
  readonly failure: Failure
  readonly pauseMs: number
  /** On the monotonic clock. */
  readonly until: number
}
