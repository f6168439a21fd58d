import type { CallOptions, HoldfastError } from '@holdfast/contracts'
import { Ending, type EndingListener } from './ending.ts'
import type { Attempt } from './policy.ts'

/** An attempt as policies further in see it. */
export interface Ancestor extends Attempt {
  /** What it shares with the other attempts of its call. */
  readonly ending: Ending
  /** Whether anything can end it early; if not, its signal tells nothing. */
  readonly mayEnd: boolean
  /** Why the call is over before it was done, if it is. */
  readonly error: HoldfastError | undefined
  subscribe(listener: EndingListener): void
}

/** Under this key attempts and the options that layers pass on lead to the attempt; on prototypes, so that a copy, which may hold another signal, has none. */
export const ancestorKey: unique symbol = Symbol('holdfast.resilience.ancestor')

/** The attempt that these options are or were made for. */
export const ancestorOf = (options: object): Ancestor | undefined =>
  // Only the classes of this package have the key.
  (options as { readonly [ancestorKey]?: Ancestor })[ancestorKey]

/** What a policy without a deadline of its own gives to the function it runs. */
export class CallAttempt implements Ancestor {
  readonly attempt: number
  readonly deadline: number | undefined
  #ending: Ending | undefined

  constructor(attempt: number, deadline: number | undefined, ending?: Ending) {
    this.attempt = attempt
    this.deadline = deadline
    this.#ending = ending
  }

  get ending(): Ending {
    this.#ending ??= new Ending()
    return this.#ending
  }

  get mayEnd(): boolean {
    return this.#ending !== undefined
  }

  get signal(): AbortSignal {
    return this.ending.signal
  }

  get error(): HoldfastError | undefined {
    return this.#ending?.error
  }

  subscribe(listener: EndingListener): void {
    this.ending.subscribe(listener)
  }

  get [ancestorKey](): Ancestor {
    return this
  }
}

/** The call options for a wrapped method: those of the caller with this attempt's deadline and signal, or just those where they say the same. */
export const passOptions = (attempt: Ancestor, options: CallOptions | undefined): CallOptions | undefined => {
  if (!attempt.mayEnd && attempt.deadline === options?.deadline) return options
  const outer = options === undefined ? undefined : ancestorOf(options)
  if (outer !== undefined && outer.deadline === attempt.deadline && outer.ending === attempt.ending) return options
  return new PassedOptions(attempt, options)
}

/** The signal is built at once: a property that builds it later costs three times as much, and one of the prototype would be lost in copies. */
class PassedOptions implements CallOptions {
  readonly signal: AbortSignal
  readonly deadline: number | undefined
  readonly #attempt: Ancestor

  constructor(attempt: Ancestor, options: CallOptions | undefined) {
    if (options !== undefined) Object.assign(this, options)
    this.signal = attempt.signal
    this.deadline = attempt.deadline
    this.#attempt = attempt
  }

  get [ancestorKey](): Ancestor {
    return this.#attempt
  }
}
