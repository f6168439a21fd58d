import type { HoldfastError } from '@holdfast/contracts'
import { CallAttempt } from './call-attempt.ts'
import { abandon, started } from './cancellable.ts'
import type { Circuit, CircuitOutcome } from './circuit.ts'
import type { Circuits } from './circuits.ts'
import type { DeadlineWheel, WheelEntry } from './deadline-wheel.ts'
import type { ExecuteOptions, Work } from './policy.ts'
import { confirm, failed, sleep } from './retry.ts'
import { type RetryDecider, withEarlier } from './retry-decider.ts'
import { deadlineError } from './timeout.ts'

/** What all calls of one `standard()` share. */
export interface StandardParts {
  readonly decider: RetryDecider
  readonly circuits: Circuits
  readonly wheel: DeadlineWheel
}

/** One call of `standard()`: its deadline, its attempts and its permit of the circuit in one object. */
export class StandardCall<T> implements WheelEntry {
  readonly deadline: number
  previous: WheelEntry | undefined
  next: WheelEntry | undefined
  slot = -1
  /** Called when the caller is answered, and perhaps again later. */
  onSettled: (() => void) | undefined
  readonly #parts: StandardParts
  readonly #work: Work<T>
  readonly #options: ExecuteOptions<T>
  readonly #resolve: (value: T) => void
  readonly #reject: (error: unknown) => void
  readonly #attempt: CallAttempt
  #circuit: Circuit | undefined
  /** -1: none. */
  #permit = -1
  #beganAt: number
  #earlier: unknown[] | undefined

  constructor(
    parts: StandardParts,
    work: Work<T>,
    options: ExecuteOptions<T>,
    deadline: number,
    now: number,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.deadline = deadline
    this.previous = undefined
    this.next = undefined
    this.onSettled = undefined
    this.#parts = parts
    this.#work = work
    this.#options = options
    this.#beganAt = now
    this.#resolve = resolve
    this.#reject = reject
    this.#attempt = new CallAttempt(1, deadline)
    parts.wheel.add(this)
  }

  onExpired(): void {
    this.end(deadlineError(this.#options, true))
  }

  /** Answers the caller before the work is done. */
  end(error: HoldfastError): void {
    if (this.#attempt.error !== undefined) return
    this.#settled()
    this.#reject(error)
    this.#leave(this.#parts.circuits.outcomeOf(error))
    this.#attempt.abort(error)
  }

  run(number: number): void {
    const { circuits } = this.#parts
    const circuit = circuits.of(this.#options.key)
    const permit = circuit.enter()
    if (permit === undefined) {
      this.#failed(number, circuits.refusal(circuit, this.#options))
      return
    }
    this.#circuit = circuit
    this.#permit = permit
    if (number > 1) this.#beganAt = circuits.clock.monotonicNow()
    const attempt = number === 1 ? this.#attempt : new CallAttempt(number, this.deadline, this.#attempt)
    started(this.#work, attempt).then(
      (value) => this.#succeeded(number, value),
      (error) => {
        this.#leave(circuits.outcomeOf(error))
        this.#failed(number, error)
      },
    )
  }

  #succeeded(number: number, value: T): void {
    const { circuits, decider } = this.#parts
    const { slowCallMs } = circuits
    const isSlow =
      slowCallMs !== Number.POSITIVE_INFINITY && circuits.clock.monotonicNow() - this.#beganAt >= slowCallMs
    this.#leave(isSlow ? 'failure' : 'success')
    decider.succeeded(this.#options.operation ?? 'execute', number)
    if (this.#settled()) abandon(this.#options, value)
    else this.#resolve(value)
  }

  #failed(number: number, error: unknown): void {
    if (this.#attempt.error !== undefined) {
      this.#settled()
      return
    }
    if (this.#earlier === undefined || this.#options.confirm === undefined) {
      this.#decide(number, error)
      return
    }
    confirm(error, this.#earlier, this.#options).then((confirmed) => {
      if (confirmed === undefined) this.#decide(number, error)
      else if (!this.#settled()) this.#resolve(confirmed)
    })
  }

  #decide(number: number, error: unknown): void {
    const { decider } = this.#parts
    const delayMs = failed(decider, error, number, this.deadline, this.#options)
    if (delayMs === undefined) {
      if (!this.#settled()) this.#reject(withEarlier(error, this.#earlier))
      return
    }
    this.#earlier = this.#earlier === undefined ? [error] : [...this.#earlier, error]
    // A promise and no callback of the timer, so that the context of the call is that of its retries too.
    sleep(decider.clock, delayMs, this.#attempt).then(
      () => this.run(number + 1),
      () => this.#settled(),
    )
  }

  #leave(outcome: CircuitOutcome): void {
    if (this.#permit === -1) return
    this.#circuit?.leave(this.#permit, outcome)
    this.#permit = -1
  }

  /** Takes the call off the wheel; whether the caller has been answered already. */
  #settled(): boolean {
    this.#parts.wheel.remove(this)
    this.onSettled?.()
    return this.#attempt.error !== undefined
  }
}
