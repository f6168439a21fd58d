import { abortable, type Clock, cancellationError, type Logger } from '@holdfast/contracts'
import type { CacheEntryOptions } from '@holdfast/contracts/cache'
import { type LoadOutcome, loadedChannel } from './diagnostics.ts'
import { FailureMemory } from './failure-memory.ts'
import { Flight, FlightGroup } from './flight.ts'
import { loadTimeoutError, nameOfError, selfLoadError } from './load-errors.ts'
import { assertLoadOptions, type BatchLoader, type Loader, type LoadOptions } from './load-options.ts'

/** What the loads need of the cache they fill. */
export interface LoadHost<K, V> {
  readonly settings: { readonly name: string; readonly clock: Clock; readonly logger: Logger }
  /** Keeps a loaded value, fresh by its options and stale for `graceMs` more, without disturbing loads. */
  keep(key: K, value: V, options: CacheEntryOptions, graceMs: number): void
  /** The value if it is fresh or expired no longer than `staleMs` ago; not counted as anything. */
  stale(key: K, staleMs: number): V | undefined
}

/** Least time between two loads behind the scenes of one key when they fail, in milliseconds. */
const minRefreshPauseMs = 1000

/**
 * The loads of a cache that are under way, one per key. A key that is set or deleted is forgotten here: its load goes on
 * and answers those who wait, but it is no longer the load of that key, so what it brings is not kept.
 */
export class LoadTable<K, V> {
  readonly #host: LoadHost<K, V>
  readonly #flights = new Map<K, Flight<K, V>>()
  readonly #failures: FailureMemory<K>

  constructor(host: LoadHost<K, V>) {
    this.#host = host
    this.#failures = new FailureMemory(host.settings.clock)
  }

  /** The key was set or deleted. */
  forget(key: K): void {
    if (this.#flights.size > 0) this.#flights.delete(key)
    this.#failures.forget(key)
  }

  /** Every key for which `matches` was deleted. */
  forgetWhere(matches: (key: K) => boolean): void {
    for (const key of this.#flights.keys()) if (matches(key)) this.#flights.delete(key)
    this.#failures.forgetWhere(matches)
  }

  /** A tag was deleted. A load whose tags only its value will tell may bring that tag, so it counts as one that does. */
  forgetTag(tag: string): void {
    for (const [key, { options }] of this.#flights) {
      if (options.entry !== undefined || options.tags?.includes(tag)) this.#flights.delete(key)
    }
  }

  /** Loads a key that the cache does not hold fresh, or joins the load that is under way. */
  load<A extends V | undefined>(key: K, loader: Loader<K, V, A>, options: LoadOptions<V>): A | V | Promise<A | V> {
    assertLoadOptions(options, 'getOrLoad')
    if (options.signal?.aborted) return Promise.reject(cancellationError(options.signal, callSite))
    const flying = this.#flights.get(key)
    // What this load answers is what the loader of an earlier caller answers for the same key.
    if (flying !== undefined) return this.#wait(flying, options) as Promise<A | V>
    const remembered = this.#remembered(key, options)
    // What is remembered of this key is what a loader of it answered, or a rejection.
    if (remembered !== undefined) return remembered as Promise<A | V>
    const flight = this.#start(key, options, new FlightGroup())
    // The flight answers what this very loader gives.
    return this.#run(flight, () => loader(key, this.#contextOf(flight))) as A | V | Promise<A | V>
  }

  /** Loads a key behind the scenes, unless that is under way or failed a moment ago. */
  refresh<A extends V | undefined>(key: K, loader: Loader<K, V, A>, options: LoadOptions<V>): void {
    if (this.#flights.has(key) || this.#failures.current(key) !== undefined) return
    assertLoadOptions(options, 'getOrLoad')
    const flight = this.#start(key, options, new FlightGroup(), true)
    const outcome = this.#run(flight, () => loader(key, this.#contextOf(flight)))
    // The failure is remembered, logged and published by #failed; nobody waits for it.
    if (outcome instanceof Promise) outcome.catch(() => {})
  }

  /** Loads the keys with one call, joining the loads that are under way; answers a promise for each key. */
  loadMany(keys: readonly K[], loader: BatchLoader<K, V>, options: LoadOptions<V>): Map<K, Promise<V | undefined>> {
    assertLoadOptions(options, 'getOrLoadMany')
    const answers = new Map<K, Promise<V | undefined>>()
    const started: Flight<K, V>[] = []
    const group = new FlightGroup()
    for (const key of keys) {
      const flying = this.#flights.get(key)
      const answer = flying === undefined ? this.#remembered(key, options) : this.#wait(flying, options)
      if (answer !== undefined) answers.set(key, answer)
      else started.push(this.#start(key, options, group))
    }
    if (started.length === 0) return answers
    const context = {
      get signal() {
        return group.signal
      },
    }
    const loaded = callAsync(() =>
      loader(
        started.map(({ key }) => key),
        context,
      ),
    )
    for (const flight of started) {
      const answer = this.#run(flight, () => loaded.then((values) => values.get(flight.key)))
      answers.set(flight.key, Promise.resolve(answer))
    }
    return answers
  }

  #start(key: K, options: LoadOptions<V>, group: FlightGroup, isRefresh = false): Flight<K, V> {
    const flight = new Flight<K, V>(key, options, group, this.#host.settings.clock.monotonicNow(), isRefresh)
    this.#flights.set(key, flight)
    return flight
  }

  #contextOf(flight: Flight<K, V>): { readonly signal: AbortSignal; readonly previous: V | undefined } {
    return {
      get signal() {
        return flight.group.signal
      },
      previous: this.#host.stale(flight.key, Number.POSITIVE_INFINITY),
    }
  }

  #run(
    flight: Flight<K, V>,
    call: () => V | undefined | PromiseLike<V | undefined>,
  ): V | undefined | Promise<V | undefined> {
    let answer: V | undefined | PromiseLike<V | undefined>
    try {
      answer = call()
    } catch (error) {
      answer = Promise.reject(error)
    }
    if (!isThenable(answer)) return this.#arrived(flight, answer)
    const timed = this.#withTimeout(flight, Promise.resolve(answer))
    flight.promise = timed.then(
      (value) => this.#arrived(flight, value),
      (error: unknown) => this.#failed(flight, error),
    )
    return this.#wait(flight, flight.options)
  }

  #withTimeout(flight: Flight<K, V>, answer: Promise<V | undefined>): Promise<V | undefined> {
    const { loadTimeoutMs = Number.POSITIVE_INFINITY } = flight.options
    if (loadTimeoutMs === Number.POSITIVE_INFINITY) return answer
    return new Promise((resolve, reject) => {
      const timer = this.#host.settings.clock.setTimer(() => {
        const error = loadTimeoutError(this.#host.settings.name, loadTimeoutMs)
        reject(error)
        flight.abandon(error)
      }, loadTimeoutMs)
      answer.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  /** Waits for a load. The load is told when a waiter who can leave does. */
  #wait(flight: Flight<K, V>, { signal }: LoadOptions<V>): Promise<V | undefined> {
    if (flight.promise === undefined) return Promise.reject(selfLoadError(this.#host.settings.name))
    if (signal === undefined) {
      flight.pin()
      return flight.promise
    }
    flight.board()
    const leave = (): void => {
      if (!flight.disembark()) return
      this.#finish(flight)
      flight.abandon(signal.reason)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    const settled = (): void => signal.removeEventListener('abort', leave)
    flight.promise.then(settled, settled)
    return abortable(flight.promise, signal, callSite)
  }

  #arrived(flight: Flight<K, V>, value: V | undefined): V | undefined {
    const { key, options } = flight
    if (!this.#finish(flight)) return this.#publish(flight, 'discarded', value)
    if (value === undefined) {
      const { failureTtlMs = 0 } = options
      if (failureTtlMs > 0) this.#failures.remember(key, { absent: true }, failureTtlMs, options.maxFailureTtlMs)
      return this.#publish(flight, 'absent', value)
    }
    this.#failures.forget(key)
    const entry = options.entry === undefined ? options : { ...options, ...options.entry(value) }
    const graceMs = Math.max(0, options.staleWhileRevalidateMs ?? 0, options.staleIfErrorMs ?? 0)
    this.#host.keep(key, value, entry, graceMs)
    return this.#publish(flight, 'loaded', value)
  }

  #failed(flight: Flight<K, V>, error: unknown): V {
    const { key, options } = flight
    if (!this.#finish(flight)) {
      this.#publish(flight, 'failed', undefined, error)
      throw error
    }
    const pauseMs = Math.max(options.failureTtlMs ?? 0, flight.isRefresh ? minRefreshPauseMs : 0)
    if (pauseMs > 0) this.#failures.remember(key, { absent: false, error }, pauseMs, options.maxFailureTtlMs)
    if (flight.isRefresh) {
      this.#host.settings.logger.warn(
        { cache: this.#host.settings.name, error: nameOfError(error) },
        'a value could not be refreshed',
      )
    }
    const stale = this.#host.stale(key, options.staleIfErrorMs ?? 0)
    this.#publish(flight, stale === undefined ? 'failed' : 'stale', undefined, error)
    if (stale === undefined) throw error
    return stale
  }

  /** Ends the load; false when it is no longer the load of its key. */
  #finish(flight: Flight<K, V>): boolean {
    return this.#flights.get(flight.key) === flight && this.#flights.delete(flight.key)
  }

  /** The answer of a load that failed a moment ago, or a stale value in its place. */
  #remembered(key: K, options: LoadOptions<V>): Promise<V | undefined> | undefined {
    const failure = this.#failures.current(key)
    if (failure === undefined) return undefined
    if (failure.absent) return Promise.resolve(undefined)
    const stale = this.#host.stale(key, options.staleIfErrorMs ?? 0)
    if (stale !== undefined) return Promise.resolve(stale)
    return (options.failureTtlMs ?? 0) > 0 ? Promise.reject(failure.error) : undefined
  }

  #publish(flight: Flight<K, V>, outcome: LoadOutcome, value: V | undefined, error?: unknown): V | undefined {
    if (loadedChannel.hasSubscribers) {
      const { name, clock } = this.#host.settings
      const durationMs = clock.monotonicNow() - flight.startedAt
      const event = { cache: name, key: flight.key, outcome, durationMs }
      loadedChannel.publish(error === undefined ? event : { ...event, error: nameOfError(error) })
    }
    return value
  }
}

const callSite = { source: 'cache', operation: 'getOrLoad' }

const isThenable = <T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> =>
  typeof answer === 'object' && answer !== null && typeof Reflect.get(answer, 'then') === 'function'

/** Calls a function that may throw before it answers with a promise. */
const callAsync = <T>(call: () => T | PromiseLike<T>): Promise<T> => {
  try {
    return Promise.resolve(call())
  } catch (error) {
    return Promise.reject(error)
  }
}
