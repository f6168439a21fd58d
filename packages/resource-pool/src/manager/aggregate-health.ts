import type { HealthStatus } from '@holdfast/contracts'
import type { LifecycleState } from './lifecycle-state.ts'
import type { ManagerState } from './manager-events.ts'
import type { ManagerHealth } from './resource-manager.ts'

/** What is known of one resource, whoever found it out: its checks, its start, or what became of those it is bound to. */
export interface HealthReading {
  readonly name: string
  /** The name of its adapter. */
  readonly type: string
  readonly state: LifecycleState
  /** Why it is in this state, for a person. */
  readonly reason?: string | undefined
  /** Whether the whole does not work without it. One that is merely wanted is not. */
  readonly isEssential: boolean
}

/** What a resource in each state is worth. */
const statusOf: Readonly<Record<LifecycleState, HealthStatus>> = {
  created: 'down',
  starting: 'down',
  ready: 'up',
  degraded: 'degraded',
  quarantined: 'down',
  draining: 'down',
  stopped: 'down',
  failed: 'down',
}

const severity: Readonly<Record<HealthStatus, number>> = { up: 0, degraded: 1, down: 2 }

/** Resources that a reason names; the others are counted. */
const namedInReason = 3

/**
 * Puts what is known of all resources together, without asking any. Down is the whole when something essential is, degraded
 * when anything is not as it should be. Ready is a manager that has started and is not stopping, while nothing essential is
 * down. A resource that nobody has started, or that was stopped by itself, is shown and counts for nothing: it was meant.
 *
 * This is readiness: whether traffic should come here. Whether the process lives is another question, and never depends on it.
 */
export const aggregateHealth = (manager: ManagerState, readings: Iterable<HealthReading>): ManagerHealth => {
  const resources: Record<string, ManagerHealth['resources'][string]> = {}
  const types: Record<string, HealthStatus> = {}
  const idleTypes = new Set<string>()
  const troubles: { readonly status: HealthStatus; readonly text: string }[] = []
  let status: HealthStatus = 'up'
  let isWhole = true
  for (const { name, type, state, reason, isEssential } of readings) {
    const own = statusOf[state]
    resources[name] = { state, status: own, ...(reason === undefined ? {} : { reason }) }
    if (state === 'created' || state === 'stopped') {
      idleTypes.add(type)
      continue
    }
    types[type] = worse(types[type] ?? 'up', own)
    if (own === 'up') continue
    if (own === 'down' && isEssential) isWhole = false
    // One that may be missing takes nothing from the whole but its perfection.
    const share = own === 'down' && !isEssential ? 'degraded' : own
    status = worse(status, share)
    troubles.push({ status: share, text: `${name} is ${state}${reason === undefined ? '' : `: ${reason}`}` })
  }
  for (const type of idleTypes) types[type] ??= 'down'
  if (manager !== 'ready') {
    status = manager === 'starting' ? worse(status, 'degraded') : 'down'
    troubles.unshift({ status: 'down', text: `the manager is ${manager}` })
  }
  return {
    status,
    isReady: manager === 'ready' && isWhole,
    ...(troubles.length === 0 ? {} : { reason: reasonOf(troubles) }),
    types,
    resources,
  }
}

const worse = (one: HealthStatus, other: HealthStatus): HealthStatus => (severity[one] >= severity[other] ? one : other)

/** The worst first. */
const reasonOf = (troubles: readonly { readonly status: HealthStatus; readonly text: string }[]): string => {
  const sorted = troubles.toSorted((one, other) => severity[other.status] - severity[one.status])
  const shown = sorted.slice(0, namedInReason).map(({ text }) => text)
  const more = sorted.length - shown.length
  return more === 0 ? shown.join('; ') : `${shown.join('; ')}; and ${more} more`
}
