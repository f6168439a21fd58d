import type { Clock } from '@holdfast/contracts'
import type { CircuitRules } from './circuit-breaker-options.ts'
import { createOutcomeWindow } from './outcome-window.ts'

/** What a circuit lets through: everything, nothing, or a few probes. `isolated` is open until it is reset. */
export type CircuitState = 'closed' | 'open' | 'half-open' | 'isolated'

/** How a call ended, as a circuit sees it; `none` says nothing about the dependency. */
export type CircuitOutcome = 'success' | 'failure' | 'none'

/** One circuit: a state machine that is told how calls ended. */
export interface Circuit {
  /** The state now; an open one whose time is over is half-open. */
  state(): CircuitState
  /** A permit for one call, to be handed back with its outcome; undefined: refused. */
  enter(): number | undefined
  /** Tells how the call with this permit ended. A permit from before the last change of state changes nothing. */
  leave(permit: number, outcome: CircuitOutcome): void
  /** When it lets a probe through, on the monotonic clock; Infinity while isolated. */
  readonly openUntil: number
  isolate(): void
  reset(): void
}

/** Makes a closed circuit. */
export const createCircuit = (rules: CircuitRules, clock: Clock, onChange: (state: CircuitState) => void): Circuit => {
  const window = createOutcomeWindow(rules.trip, () => clock.monotonicNow())
  let state: CircuitState = 'closed'
  /** Counts changes of state; it is the permit, so that calls of an earlier state are told apart. */
  let generation = 0
  let openUntil = 0
  let probes = 0
  let succeeded = 0

  const change = (next: CircuitState): void => {
    state = next
    generation += 1
    probes = 0
    succeeded = 0
    if (next === 'closed') window.clear()
    onChange(next)
  }
  const open = (): void => {
    openUntil = clock.monotonicNow() + rules.openMs
    change('open')
  }
  const wakeWhenDue = (): void => {
    if (state !== 'open') return
    const leftMs = openUntil - clock.monotonicNow()
    // More than the whole time left means that the clock has jumped back.
    if (leftMs <= 0 || leftMs > rules.openMs) change('half-open')
  }
  const leaveHalfOpen = (outcome: CircuitOutcome): void => {
    probes -= 1
    if (outcome === 'failure') open()
    else if (outcome === 'success') {
      succeeded += 1
      if (succeeded >= rules.halfOpenProbes) change('closed')
    }
  }

  return {
    state() {
      wakeWhenDue()
      return state
    },
    enter() {
      if (state === 'closed') return generation
      wakeWhenDue()
      if (state !== 'half-open' || probes + succeeded >= rules.halfOpenProbes) return undefined
      probes += 1
      return generation
    },
    leave(permit, outcome) {
      if (permit !== generation) return
      if (state === 'half-open') leaveHalfOpen(outcome)
      else if (outcome !== 'none' && window.add(outcome === 'failure')) open()
    },
    get openUntil() {
      return openUntil
    },
    isolate() {
      openUntil = Number.POSITIVE_INFINITY
      change('isolated')
    },
    reset() {
      change('closed')
    },
  }
}
