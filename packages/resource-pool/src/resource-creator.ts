import type { ErrorCode, HoldfastError, Timer } from '@holdfast/contracts'
import type { AdapterCalls, Made } from './adapter-calls.ts'
import type { PoolSettings } from './create-pool-options.ts'

/** Delay after the first failure, and the longest, in milliseconds, as in HikariCP; doubled each time. */
const firstDelayMs = 10
const longestDelayMs = 5000
/** The longest after a refusal of credentials: one who changes a password is done within seconds, and who waits for it should not wait for more. */
const longestRefusedMs = 1000

/** Codes that no waiting heals: the configuration is wrong. */
const permanentCodes: ReadonlySet<ErrorCode> = new Set([
  'INVALID_ARGUMENT',
  'PERMISSION_DENIED',
  'NOT_FOUND',
  'UNSUPPORTED',
])

/** What the creator tells its pool. */
export interface ResourceCreatorHost<T> {
  onCreated(made: Made<T>, epoch: number, durationMs: number): void
  onLate(resource: T): void
  onFailed(failure: CreateFailure): void
  /** Told when creates may begin again after a failure. */
  onReady(): void
}

/** A create that failed. */
export interface CreateFailure {
  readonly error: HoldfastError
  /** Failures since one succeeded, those at the same time counted once. */
  readonly attempt: number
  readonly delayMs: number
  /** Whether it would fail again in the same way. */
  readonly isPermanent: boolean
}

/** Makes resources, a few at the same time, and after failures one at a time, later and later. */
export class ResourceCreator<T> {
  readonly #calls: AdapterCalls<T>
  readonly #settings: PoolSettings
  readonly #host: ResourceCreatorHost<T>
  #failures = 0
  /** How long the last failure holds creates back. */
  #delayMs = 0
  #timer: Timer | undefined
  #isStopped = false
  /** Which creates count: those begun since {@link renew} was called last. */
  #generation = 0
  /** How many are being made. */
  running = 0
  /** Of these, those that nobody will use. */
  outdated = 0
  /** What the last one failed with, since one succeeded. */
  lastError: HoldfastError | undefined

  constructor(calls: AdapterCalls<T>, settings: PoolSettings, host: ResourceCreatorHost<T>) {
    this.#calls = calls
    this.#settings = settings
    this.#host = host
  }

  /** Whether one more may begin now. */
  get isReady(): boolean {
    return this.capacity > 0
  }

  /** How many may begin now. */
  get capacity(): number {
    if (this.#isStopped || this.#timer !== undefined) return 0
    return (this.#failures > 0 ? 1 : this.#settings.maxConcurrentCreates) + this.outdated - this.running
  }

  /** Makes one more. */
  start(epoch: number): void {
    const { clock } = this.#settings
    const startedAt = clock.monotonicNow()
    const generation = this.#generation
    this.running += 1
    this.#calls
      .create((resource) => this.#host.onLate(resource))
      .then(
        (made) => {
          if (this.#end(generation)) {
            this.#failures = 0
            this.lastError = undefined
          }
          this.#host.onCreated(made, epoch, clock.monotonicNow() - startedAt)
        },
        // AdapterCalls rejects with a HoldfastError.
        (error: HoldfastError) => {
          // One that nobody waits for says nothing about those that are.
          const failure = this.#end(generation)
            ? this.#holdBack(error)
            : { error, attempt: this.#failures, delayMs: 0, isPermanent: false }
          this.#host.onFailed(failure)
        },
      )
  }

  /** Forgets what has failed, and lets go of what is being made: the next ones are made in another way. */
  renew(): void {
    this.#generation += 1
    this.outdated = this.running
    this.#failures = 0
    this.lastError = undefined
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Begins none any more. */
  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Whether the create that has ended counts. */
  #end(generation: number): boolean {
    const counts = generation === this.#generation
    this.running -= 1
    if (!counts) this.outdated -= 1
    return counts
  }

  #holdBack(error: HoldfastError): CreateFailure {
    this.lastError = error
    const isPermanent = permanentCodes.has(error.code)
    // Of those that fail at the same time only the first makes the next one wait longer.
    if (this.#timer !== undefined || this.#isStopped) {
      return { error, attempt: this.#failures, delayMs: this.#delayMs, isPermanent }
    }
    this.#failures += 1
    const { random, clock } = this.#settings
    const longestMs = error.code === 'UNAUTHENTICATED' ? longestRefusedMs : longestDelayMs
    const fullMs = Math.min(longestMs, firstDelayMs * 2 ** (this.#failures - 1))
    // Half of it fixed, so that it is never a tight loop, and half random, so that many pools do not come at once.
    const delayMs = Math.max(fullMs * (0.5 + random() / 2), error.retryAfterMs ?? 0)
    this.#delayMs = delayMs
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined
      this.#host.onReady()
    }, delayMs)
    return { error, attempt: this.#failures, delayMs, isPermanent }
  }
}
