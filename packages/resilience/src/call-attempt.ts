import type { CallOptions, HoldfastError } from '@holdfast/contracts'
import type { Attempt } from './policy.ts'

/** Under this key the options that a layer passes on carry the attempt they were made for. */
const attemptKey: unique symbol = Symbol('holdfast.resilience.attempt')

/**
 * What a policy gives to the function it runs, and through which policies further in hear of a cancellation without
 * an AbortController: that is built when somebody reads `signal`. A child shares the fate of its parent.
 */
export class CallAttempt implements Attempt {
  readonly attempt: number
  readonly deadline: number | undefined
  readonly #parent: CallAttempt | undefined
  #error: HoldfastError | undefined
  #controller: AbortController | undefined
  #listeners: ((error: HoldfastError) => void)[] | undefined
  #passed: object | undefined

  constructor(attempt: number, deadline: number | undefined, parent?: CallAttempt) {
    this.attempt = attempt
    this.deadline = deadline
    this.#parent = parent
  }

  get signal(): AbortSignal {
    if (this.#parent !== undefined) return this.#parent.signal
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#error !== undefined) this.#controller.abort(this.#error)
    }
    return this.#controller.signal
  }

  get #root(): CallAttempt {
    return this.#parent === undefined ? this : this.#parent.#root
  }

  /** Why the call is over before it was done, if it is. */
  get error(): HoldfastError | undefined {
    return this.#parent === undefined ? this.#error : this.#parent.error
  }

  /** Tells whoever listens or holds the signal. Does nothing the second time. */
  abort(error: HoldfastError): void {
    if (this.#error !== undefined) return
    this.#error = error
    const listeners = this.#listeners
    this.#listeners = undefined
    if (listeners !== undefined) for (const listener of listeners) listener(error)
    this.#controller?.abort(error)
  }

  /** Calls the listener once the call is aborted. It is never taken back: an attempt lives as long as its call. */
  subscribe(listener: (error: HoldfastError) => void): void {
    if (this.#parent !== undefined) this.#parent.subscribe(listener)
    else if (this.#error !== undefined) listener(this.#error)
    else if (this.#listeners === undefined) this.#listeners = [listener]
    else this.#listeners.push(listener)
  }

  /** The call options for a wrapped method: those of the caller with this attempt's deadline and signal. */
  pass(options: unknown): unknown {
    // What a policy further out has passed already says the same, when the fate and the deadline are the same.
    if (typeof options === 'object' && options !== null) {
      const outer = CallAttempt.of(options)
      if (outer !== undefined && outer.#root === this.#root && outer.deadline === this.deadline) return options
    }
    const passed = new PassedOptions(this, options)
    this.#passed = passed
    return passed
  }

  /** The attempt behind these options. A copy of passed options has none, because somebody may have put another signal into it. */
  static of(options: CallOptions): CallAttempt | undefined {
    if (options instanceof CallAttempt) return options
    // Only `pass` writes under the key.
    const attempt = (options as { readonly [attemptKey]?: CallAttempt })[attemptKey]
    return attempt !== undefined && attempt.#passed === options ? attempt : undefined
  }
}

/** `signal` is a property of the object itself, so that a copy has it too; defined like this it costs a third of what a getter in a literal does. */
class PassedOptions implements CallOptions {
  declare readonly signal: AbortSignal
  readonly deadline: number | undefined
  readonly [attemptKey]: CallAttempt

  constructor(attempt: CallAttempt, options: unknown) {
    if (options !== undefined) Object.assign(this, options)
    this.deadline = attempt.deadline
    this[attemptKey] = attempt
    Object.defineProperty(this, 'signal', signalProperty)
  }
}

const signalProperty: PropertyDescriptor & ThisType<PassedOptions> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[attemptKey].signal
  },
}
