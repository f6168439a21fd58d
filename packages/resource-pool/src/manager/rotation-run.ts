import { type Clock, HoldfastError } from '@holdfast/contracts'
import type { RefreshNeed } from './credential-cache.ts'
import type { RotationOutcome } from './rotation-outcome.ts'

/** The longest delay between two attempts, in milliseconds, whatever it is doubled from. */
const longestDelayMs = 60_000

/** What somebody wants of a rotation. */
export interface Demand {
  readonly need: RefreshNeed
  /** Whether it moves although the versions are the same. */
  readonly isForced: boolean
}

/** What a {@link RotationRun} works with. */
export interface RotationRunOptions {
  readonly attempts: number
  readonly retryDelayMs: number
  readonly clock: Clock
  readonly random: () => number
  /** Ends it. */
  readonly signal: AbortSignal
  /** Reads, tries and moves once. Rejects with a HoldfastError. */
  attempt(demand: Demand): Promise<RotationOutcome>
  onFailed(error: HoldfastError, attempt: number): void
}

/**
 * One rotation for all who want it at the same time: tried again after failures, later each time, and once more when something
 * was wanted after it had begun to read.
 */
export class RotationRun {
  /** Settles when there is nothing left to do. */
  readonly outcome: Promise<RotationOutcome>
  readonly #options: RotationRunOptions
  #demand: Demand
  /** Whether an attempt is under way, which may have read already. */
  #isBusy = false
  /** What was wanted meanwhile. */
  #next: Demand | undefined
  #wake: (() => void) | undefined

  constructor(demand: Demand, options: RotationRunOptions) {
    this.#demand = demand
    this.#options = options
    // Begins when the microtasks come, so that those who want it at the same moment share it.
    this.outcome = Promise.resolve().then(() => this.#work())
  }

  join(demand: Demand): Promise<RotationOutcome> {
    if (this.#isBusy) this.#next = merged(this.#next ?? demand, demand)
    else this.#demand = merged(this.#demand, demand)
    this.#wake?.()
    return this.outcome
  }

  async #work(): Promise<RotationOutcome> {
    const { attempts, signal } = this.#options
    let first: RotationOutcome | undefined
    let failures = 0
    for (;;) {
      signal.throwIfAborted()
      try {
        const last = await this.#tryOnce()
        const outcome = first?.isChanged ? { ...last, from: first.from, isChanged: true } : last
        if (this.#next === undefined) return outcome
        // Whoever wanted it to move has had that.
        this.#demand = { ...this.#next, isForced: this.#next.isForced && !outcome.isChanged }
        first = outcome
        failures = 0
      } catch (error) {
        signal.throwIfAborted()
        // The pool or a source is no more: nothing can be done about it, and it is no failure of the credentials.
        if (HoldfastError.is(error, 'CLOSED')) throw error
        failures += 1
        // Attempts reject with a HoldfastError.
        this.#options.onFailed(error as HoldfastError, failures)
        if (this.#next !== undefined) {
          this.#demand = merged(this.#demand, this.#next)
          failures = 0
        } else if (failures >= attempts) throw error
        else if (await this.#pause(failures)) failures = 0
        // A source that cannot tell may have had something new meanwhile.
        this.#demand = merged(this.#demand, { need: 'renewed', isForced: false })
      }
    }
  }

  async #tryOnce(): Promise<RotationOutcome> {
    this.#next = undefined
    this.#isBusy = true
    try {
      return await this.#options.attempt(this.#demand)
    } finally {
      this.#isBusy = false
    }
  }

  /** Whether something new was wanted before it was over. */
  #pause(failures: number): Promise<boolean> {
    const { clock, random, retryDelayMs, signal } = this.#options
    const fullMs = Math.min(longestDelayMs, retryDelayMs * 2 ** (failures - 1))
    const delayMs = fullMs * (0.5 + random() / 2)
    return new Promise((resolve) => {
      const finish = (isWoken: boolean): void => {
        timer.cancel()
        signal.removeEventListener('abort', onAbort)
        this.#wake = undefined
        resolve(isWoken)
      }
      const onAbort = (): void => finish(true)
      const timer = clock.setTimer(() => finish(false), delayMs)
      this.#wake = () => finish(true)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}

const needs: readonly RefreshNeed[] = ['changed', 'renewed', 'fresh']

const merged = (one: Demand, other: Demand): Demand => ({
  need: needs.indexOf(one.need) > needs.indexOf(other.need) ? one.need : other.need,
  isForced: one.isForced || other.isForced,
})
