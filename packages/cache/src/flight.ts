import type { LoadOptions } from './load-options.ts'

/** The loads that share one call of a loader, and its signal: one for `getOrLoad`, all that were missing for `getOrLoadMany`. */
export class FlightGroup {
  #members = 0
  #controller: AbortController | undefined
  #reason: unknown
  #abandoned = false

  /** Made when a loader first asks for it: most do not. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#abandoned) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** One more load depends on the call. */
  join(): void {
    this.#members += 1
  }

  /** A load has no use for the call any more. When none has, the signal is aborted. */
  leave(reason: unknown): void {
    this.#members -= 1
    if (this.#members > 0) return
    this.#abandoned = true
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

/** One load that is under way. */
export class Flight<K, V> {
  readonly key: K
  readonly options: LoadOptions<V>
  readonly group: FlightGroup
  /** On the monotonic clock. */
  readonly startedAt: number
  /** What those who wait wait for; undefined while the loader is being called. */
  promise: Promise<V | undefined> | undefined
  /** Whether it was started behind the scenes, so that it must go on when nobody waits. */
  readonly isRefresh: boolean
  #waiting = 0
  #isPinned: boolean
  #isAbandoned = false

  constructor(key: K, options: LoadOptions<V>, group: FlightGroup, startedAt: number, isRefresh: boolean) {
    this.key = key
    this.options = options
    this.group = group
    this.startedAt = startedAt
    this.isRefresh = isRefresh
    this.#isPinned = isRefresh
    group.join()
  }

  /** Somebody waits who cannot leave. */
  pin(): void {
    this.#isPinned = true
  }

  /** Somebody waits who can leave. */
  board(): void {
    this.#waiting += 1
  }

  /** One of those has left; true when nobody is left to wait. */
  disembark(): boolean {
    this.#waiting -= 1
    return this.#waiting === 0 && !this.#isPinned
  }

  /** The load has no use for its loader's answer any more. */
  abandon(reason: unknown): void {
    if (this.#isAbandoned) return
    this.#isAbandoned = true
    this.group.leave(reason)
  }
}
