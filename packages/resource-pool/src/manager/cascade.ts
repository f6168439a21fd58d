import { noCauses } from './lifecycle.ts'
import type { LifecycleState } from './lifecycle-state.ts'
import type { ManagedResource } from './managed-resource.ts'
import type { ManagerCore } from './manager-core.ts'
import type { TransitionCause } from './manager-events.ts'

interface Decision {
  readonly state: LifecycleState
  readonly causes: readonly TransitionCause[]
}

/** In which state one that was started should be, going by its own checks and by those it depends on. */
const decide = (core: ManagerCore, resource: ManagedResource<unknown>): Decision => {
  const { status, statusCauses } = resource
  const { requires, wants, bindsTo } = core.graph.of(resource.name)
  const missing = (names: readonly string[]): ManagedResource<unknown> | undefined => {
    for (const each of core.resources(names)) if (!each.isUsable) return each
    return undefined
  }
  if (status === 'down') return { state: 'quarantined', causes: statusCauses }
  const bound = missing(bindsTo)
  if (bound !== undefined) return { state: 'quarantined', causes: bound.lifecycle.because() }
  if (status === 'degraded') return { state: 'degraded', causes: statusCauses }
  const lost = missing(requires) ?? missing(wants)
  if (lost !== undefined) return { state: 'degraded', causes: lost.lifecycle.because() }
  return { state: 'ready', causes: noCauses }
}

/** Ends the start of a resource: from here on it is in the state that it deserves. */
export const settleStarted = (core: ManagerCore, resource: ManagedResource<unknown>): void => {
  const { state, causes } = decide(core, resource)
  // One that starts does not go to quarantine at once: somebody it is bound to was lost meanwhile.
  core.enter(resource, state === 'quarantined' ? 'degraded' : state, causes)
  if (state === 'quarantined') core.enter(resource, state, causes)
  cascade(core, resource.name)
}

/**
 * Brings a resource, and those that depend on it, to the states that follow from what is known now. Parents come before
 * their children, so that each is decided once, on states that are final.
 */
export const cascade = (core: ManagerCore, name: string): void => {
  const affected = new Set([name])
  for (const each of affected) {
    // Grows while it is walked.
    for (const child of core.resources(core.graph.children(each))) if (isSettled(child)) affected.add(child.name)
  }
  const changed = new Set([name])
  const order = affected.size === 1 ? affected : core.graph.order().filter((each) => affected.has(each))
  for (const resource of core.resources(order)) {
    const isTouched = resource.name === name || core.graph.parents(resource.name).some((each) => changed.has(each))
    if (!isTouched || !isSettled(resource)) continue
    const from = resource.lifecycle.state
    const { state, causes } = decide(core, resource)
    core.enter(resource, state, causes)
    if (state !== from) changed.add(resource.name)
  }
}

/** Whether it was started and is neither starting nor stopping. */
const isSettled = ({ lifecycle: { state } }: ManagedResource<unknown>): boolean =>
  state === 'ready' || state === 'degraded' || state === 'quarantined'
