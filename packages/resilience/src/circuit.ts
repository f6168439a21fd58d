import type { Clock } from '@holdfast/contracts'
import type { CircuitRules } from './circuit-breaker-options.ts'
import { createOutcomeWindow, type OutcomeWindow } from './outcome-window.ts'

/** What a circuit lets through: everything, nothing, or a few probes. `isolated` is open until it is reset. */
export type CircuitState = 'closed' | 'open' | 'half-open' | 'isolated'

/** How a call ended, as a circuit sees it; `none` says nothing about the dependency. */
export type CircuitOutcome = 'success' | 'failure' | 'none'

/** One circuit: a state machine that is told how calls ended. A class, which costs a call half of what closures do. */
export class Circuit {
  readonly #rules: CircuitRules
  readonly #clock: Clock
  readonly #onChange: (state: CircuitState) => void
  readonly #window: OutcomeWindow
  #state: CircuitState = 'closed'
  /** Counts changes of state; it is the permit, so that calls of an earlier state are told apart. */
  #generation = 0
  #openUntil = 0
  /** The permit of the calls that were under way when it opened; -1 when those do not count any more. */
  #underWay = -1
  #probes = 0
  #succeeded = 0

  constructor(rules: CircuitRules, clock: Clock, onChange: (state: CircuitState) => void) {
    this.#rules = rules
    this.#clock = clock
    this.#onChange = onChange
    this.#window = createOutcomeWindow(rules.trip, clock)
  }

  /** The state now; an open one whose time is over is half-open. */
  state(): CircuitState {
    this.#wakeWhenDue()
    return this.#state
  }

  /** When it lets a probe through, on the monotonic clock; Infinity while isolated. */
  get openUntil(): number {
    return this.#openUntil
  }

  /** A permit for one call, to be handed back with its outcome; undefined: refused. */
  enter(): number | undefined {
    if (this.#state === 'closed') return this.#generation
    this.#wakeWhenDue()
    if (this.#state !== 'half-open' || this.#probes + this.#succeeded >= this.#rules.halfOpenProbes) return undefined
    this.#probes += 1
    return this.#generation
  }

  /**
   * Tells how the call with this permit ended. A permit from before the last change of state changes nothing, but for calls
   * that were under way when the circuit opened: of many at once the failures may come first.
   */
  leave(permit: number, outcome: CircuitOutcome): void {
    if (permit !== this.#generation) {
      if (permit === this.#underWay && outcome !== 'none') this.#hearLate(outcome)
      return
    }
    if (this.#state === 'half-open') this.#leaveHalfOpen(outcome)
    else if (outcome !== 'none' && this.#window.add(outcome === 'failure')) this.#open()
  }

  isolate(): void {
    this.#openUntil = Number.POSITIVE_INFINITY
    this.#change('isolated')
  }

  reset(): void {
    this.#change('closed')
  }

  #wakeWhenDue(): void {
    if (this.#state !== 'open') return
    const leftMs = this.#openUntil - this.#clock.monotonicNow()
    // More than the whole time left means that the clock has jumped back.
    if (leftMs <= 0 || leftMs > this.#rules.openMs) this.#change('half-open')
  }

  #leaveHalfOpen(outcome: CircuitOutcome): void {
    this.#probes -= 1
    if (outcome === 'failure') this.#open()
    else if (outcome === 'success') {
      this.#succeeded += 1
      if (this.#succeeded >= this.#rules.halfOpenProbes) this.#change('closed')
    }
  }

  #open(): void {
    const underWay = this.#state === 'closed' ? this.#generation : -1
    this.#openUntil = this.#clock.monotonicNow() + this.#rules.openMs
    this.#change('open')
    this.#underWay = underWay
  }

  /** Takes the opening back when it would not have opened had it known this. */
  #hearLate(outcome: CircuitOutcome): void {
    this.#window.add(outcome === 'failure')
    if (this.#window.isTripped) return
    // Nobody was let through meanwhile, so the calls that are still under way may be its own again.
    this.#generation = this.#underWay
    this.#underWay = -1
    this.#state = 'closed'
    this.#onChange('closed')
  }

  #change(next: CircuitState): void {
    this.#state = next
    this.#generation += 1
    this.#underWay = -1
    this.#probes = 0
    this.#succeeded = 0
    if (next === 'closed') this.#window.clear()
    this.#onChange(next)
  }
}
