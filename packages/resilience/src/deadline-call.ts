import { type Clock, cancellationError, type HoldfastError } from '@holdfast/contracts'
import { currentContext, runWithContext } from '@holdfast/contracts/context'
import { type Ancestor, ancestorKey, CallAttempt } from './call-attempt.ts'
import { abandon, abandonedError, siteOf, started } from './cancellable.ts'
import type { Circuit } from './circuit.ts'
import type { Circuits } from './circuits.ts'
import type { Execute, Runnable } from './create-policy.ts'
import { deadlineError } from './deadline-error.ts'
import type { DeadlineWheel, WheelEntry } from './deadline-wheel.ts'
import { Ending, type EndingListener } from './ending.ts'
import type { ExecuteOptions } from './policy.ts'
import { confirm, failed, sleep } from './retry.ts'
import { givenUpError, type RetryDecider, type StoppedBy } from './retry-decider.ts'

/** What all calls of one policy with a deadline share. */
export interface DeadlineParts {
  readonly timeoutMs: number
  readonly propagate: boolean
  readonly clock: Clock
  readonly wheel: DeadlineWheel
  /** What makes attempts and guards them; absent: there is one attempt. */
  readonly attempts?: Attempts | undefined
}

interface Attempts {
  readonly decider: RetryDecider
  readonly circuits: Circuits
}

/** Runs calls with a deadline: the whole of `timeout`, and with `attempts` the whole of `standard`. */
export const executeWithDeadline = (parts: DeadlineParts): Execute => {
  const { timeoutMs, propagate, clock } = parts
  return <T>(runnable: Runnable<T>, options: ExecuteOptions<T>, parent: Ancestor | undefined): Promise<T> => {
    const now = clock.monotonicNow()
    const outer = propagate ? currentContext()?.deadline : undefined
    const caller = parent === undefined ? options.deadline : parent.deadline
    const deadline = earliest(now + timeoutMs, caller, outer)
    if (parent?.error !== undefined) return Promise.reject(parent.error)
    // Not read inside another policy: what that has passed on says the same.
    const signal = parent === undefined ? options.signal : undefined
    if (signal?.aborted) return Promise.reject(cancellationError(signal, siteOf(options)))
    if (!(deadline > now)) return Promise.reject(deadlineError(options, false))
    // Attempts of its own begin with the first.
    const attempt = parts.attempts === undefined ? (options.attempt ?? parent?.attempt ?? 1) : 1
    const call = new DeadlineCall(parts, runnable, options, attempt, deadline)
    if (parent !== undefined) call.follow(parent)
    else if (signal !== undefined) call.followSignal(signal)
    return propagate && deadline !== outer
      ? new Promise<T>((resolve, reject) => runWithDeadline(deadline, call.settleBy(resolve, reject)))
      : new Promise<T>((resolve, reject) => call.settleBy(resolve, reject).run(1, undefined))
  }
}

const nobody = (): void => {}

const runWithDeadline = <T>(deadline: number, call: DeadlineCall<T>): void =>
  runWithContext({ deadline }, () => call.run(1, undefined))

/** The earliest of the deadlines that a call has. */
const earliest = (own: number, caller: number | undefined, context: number | undefined): number => {
  const deadline = caller === undefined || caller > own ? own : caller
  return context === undefined || context > deadline ? deadline : context
}

/**
 * One call: its deadline, its first attempt and its permit of the circuit in one object. Its methods have no # although
 * nobody else calls most of them: looking for the brand of the class at each call takes a tenth of the whole.
 */
class DeadlineCall<T> implements Ancestor, WheelEntry {
  readonly attempt: number
  readonly deadline: number
  previous: WheelEntry | undefined
  next: WheelEntry | undefined
  slot = -1
  readonly #parts: DeadlineParts
  readonly #runnable: Runnable<T>
  readonly #options: ExecuteOptions<T>
  #resolve: (value: T) => void = nobody
  #reject: (error: unknown) => void = nobody
  #circuit: Circuit | undefined
  /** -1: none. */
  #permit = -1
  #beganAt = 0
  #ending: Ending | undefined
  #onSettled: (() => void) | undefined

  constructor(
    parts: DeadlineParts,
    runnable: Runnable<T>,
    options: ExecuteOptions<T>,
    attempt: number,
    deadline: number,
  ) {
    this.attempt = attempt
    this.deadline = deadline
    this.#parts = parts
    this.#runnable = runnable
    this.#options = options
    parts.wheel.add(this)
  }

  /** Takes what answers the caller; set after the constructor, because a closure over all that that needs costs more. */
  settleBy(resolve: (value: T) => void, reject: (error: unknown) => void): this {
    this.#resolve = resolve
    this.#reject = reject
    return this
  }

  get ending(): Ending {
    this.#ending ??= new Ending()
    return this.#ending
  }

  get mayEnd(): boolean {
    return true
  }

  get signal(): AbortSignal {
    return this.ending.signal
  }

  get error(): HoldfastError | undefined {
    return this.#ending?.error
  }

  get [ancestorKey](): Ancestor {
    return this
  }

  subscribe(listener: EndingListener): void {
    this.ending.subscribe(listener)
  }

  /** Ends with the call of a policy further out. */
  follow(parent: Ancestor): void {
    parent.subscribe({ nextListener: undefined, onEnded: (error) => this.end(error) })
  }

  /** Ends when the signal is aborted, and leaves no listener behind. */
  followSignal(signal: AbortSignal): void {
    const onAbort = (): void => this.end(abandonedError(cancellationError(signal, siteOf(this.#options))))
    signal.addEventListener('abort', onAbort)
    this.#onSettled = () => signal.removeEventListener('abort', onAbort)
  }

  onExpired(): void {
    this.end(deadlineError(this.#options, true))
  }

  /** Makes an attempt, after the ones that failed earlier. */
  run(number: number, earlier: readonly unknown[] | undefined): void {
    const { attempts } = this.#parts
    if (attempts === undefined) {
      started(this.#runnable, this).then(
        (value) => this.answer(value),
        (error) => this.refuse(error),
      )
      return
    }
    const { circuits } = attempts
    const circuit = circuits.of(this.#options)
    const permit = circuit.enter()
    if (permit === undefined) {
      this.failed(number, earlier, circuits.refusal(circuit, this.#options))
      return
    }
    this.#circuit = circuit
    this.#permit = permit
    this.#beganAt = circuits.now()
    const attempt = number === 1 ? this : new CallAttempt(number, this.deadline, this.ending)
    started(this.#runnable, attempt).then(
      (value) => this.succeeded(attempts, number, value),
      (error) => {
        this.leave(error)
        this.failed(number, earlier, error)
      },
    )
  }

  succeeded({ circuits, decider }: Attempts, number: number, value: T): void {
    if (this.#permit !== -1) {
      this.#circuit?.leave(this.#permit, circuits.outcomeSince(this.#beganAt))
      this.#permit = -1
    }
    decider.succeeded(this.#options, number)
    this.answer(value)
  }

  failed(number: number, earlier: readonly unknown[] | undefined, error: unknown): void {
    if (this.error !== undefined) {
      this.settled()
      return
    }
    if (earlier === undefined || this.#options.confirm === undefined) {
      this.decide(number, earlier, error, false)
      return
    }
    confirm(error, earlier, this.#options).then((confirmed) => {
      if (typeof confirmed === 'object') this.answer(confirmed.result)
      else this.decide(number, earlier, error, confirmed === 'denied')
    })
  }

  decide(number: number, earlier: readonly unknown[] | undefined, error: unknown, isDenied: boolean): void {
    const { attempts } = this.#parts
    if (attempts === undefined) return
    const { decider } = attempts
    let next: number | StoppedBy | undefined
    try {
      next = failed(decider, error, number, this.deadline, this.#options)
    } catch (thrown) {
      // A function of the caller's, such as `isRetryable`: nobody else would hear of it.
      this.refuse(thrown)
      return
    }
    if (typeof next !== 'number') {
      this.refuse(givenUpError(error, { earlier, stoppedBy: next, isDenied }))
      return
    }
    // A promise and no callback of the timer, so that the context of the call is that of its retries too.
    sleep(decider.clock, next, this).then(
      () => this.run(number + 1, earlier === undefined ? [error] : [...earlier, error]),
      () => this.settled(),
    )
  }

  leave(error: unknown): void {
    if (this.#permit === -1) return
    const outcome = this.#parts.attempts?.circuits.outcomeOf(error) ?? 'none'
    this.#circuit?.leave(this.#permit, outcome)
    this.#permit = -1
  }

  /** Answers the caller before the work is done. */
  end(error: HoldfastError): void {
    if (this.error !== undefined) return
    this.settled()
    this.#reject(error)
    this.leave(error)
    this.ending.end(error)
  }

  answer(value: T): void {
    if (this.settled()) abandon(this.#options, value)
    else this.#resolve(value)
  }

  refuse(error: unknown): void {
    if (!this.settled()) this.#reject(error)
  }

  /** Takes the call off the wheel; whether the caller has been answered already. */
  settled(): boolean {
    this.#parts.wheel.remove(this)
    if (this.#onSettled !== undefined) this.#onSettled()
    return this.#ending !== undefined && this.#ending.error !== undefined
  }
}
