import type { HealthStatus } from '@holdfast/contracts'
import type { LifecycleState } from './lifecycle-state.ts'
import type { ManagerCore } from './manager-core.ts'
import { chainText } from './manager-errors.ts'
import type { ManagerHealth } from './resource-manager.ts'

/** How the whole is doing, going by the states of the resources. */
export const managerHealth = (core: ManagerCore): ManagerHealth => {
  const resources: Record<string, ManagerHealth['resources'][string]> = {}
  const types: Record<string, HealthStatus> = {}
  let worst: HealthStatus = 'up'
  let reason: string | undefined
  for (const { name, lifecycle, registration } of core.byName.values()) {
    const status = statusOf[lifecycle.state]
    const why = chainText(lifecycle.causes)
    resources[name] = { state: lifecycle.state, status, ...(why === '' ? {} : { reason: why }) }
    const type = registration.adapter.name
    types[type] = worse(types[type] ?? 'up', status)
    if (worse(worst, status) !== worst) reason = `${name} is ${lifecycle.state}`
    worst = worse(worst, status)
  }
  const isReady = core.state === 'ready' && worst !== 'down'
  return { status: worst, isReady, ...(reason === undefined ? {} : { reason }), types, resources }
}

const order: readonly HealthStatus[] = ['up', 'degraded', 'down']

const worse = (one: HealthStatus, other: HealthStatus): HealthStatus =>
  order.indexOf(one) >= order.indexOf(other) ? one : other

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
