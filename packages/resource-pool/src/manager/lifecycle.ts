import { HoldfastError } from '@holdfast/contracts'
import { source } from '../pool-errors.ts'
import { type LifecycleState, lifecycleTransitions } from './lifecycle-state.ts'
import type { TransitionCause } from './manager-events.ts'

/** Told of each transition, after it. */
export type TransitionListener = (
  name: string,
  from: LifecycleState,
  to: LifecycleState,
  causes: readonly TransitionCause[],
) => void

/** Longest chain of causes that is kept: whoever reads further asks the resource that is named last. */
const longestChain = 16

/** Where one resource is in its life, and why. */
export class Lifecycle {
  readonly name: string
  state: LifecycleState = 'created'
  /** Why, nearest first. */
  causes: readonly TransitionCause[] = noCauses
  /** Since when, in milliseconds since 1970. */
  since: number

  constructor(name: string, since: number) {
    this.name = name
    this.since = since
  }

  /** Enters a state that follows on this one. In the same state only the causes are replaced, and nobody is told. */
  enter(to: LifecycleState, causes: readonly TransitionCause[], now: number, tell: TransitionListener): void {
    const from = this.state
    this.causes = causes.length > longestChain ? causes.slice(0, longestChain) : causes
    if (from === to) return
    if (!lifecycleTransitions[from].includes(to)) throw impossible(this.name, from, to)
    this.state = to
    this.since = now
    tell(this.name, from, to, this.causes)
  }

  /** The chain for one that is affected by this. */
  because(): readonly TransitionCause[] {
    return [{ resource: this.name, reason: reasons[this.state] }, ...this.causes]
  }
}

/** Shared by all that have none. */
export const noCauses: readonly TransitionCause[] = []

const reasons: Readonly<Record<LifecycleState, string>> = {
  created: 'was not started',
  starting: 'is starting',
  ready: 'is ready',
  degraded: 'is degraded',
  quarantined: 'was quarantined',
  draining: 'is draining',
  stopped: 'was stopped',
  failed: 'failed',
}

const impossible = (name: string, from: LifecycleState, to: LifecycleState): HoldfastError =>
  new HoldfastError({
    code: 'INTERNAL',
    source,
    operation: 'transition',
    message: `The resource ${name} cannot go from ${from} to ${to}.`,
    hint: 'This is a mistake of the resource manager: please report it.',
  })
