import { cascade } from './cascade.ts'
import { clear } from './clear-resource.ts'
import type { HealthCheckResult } from './health-history.ts'
import type { HealthMonitor } from './health-monitor.ts'
import type { ManagedResource } from './managed-resource.ts'
import type { ManagerCore } from './manager-core.ts'
import type { TransitionCause } from './manager-events.ts'

/** Has the health of a resource that was started checked, and what the checks say followed. */
export const watchHealth = (core: ManagerCore, monitor: HealthMonitor, resource: ManagedResource<unknown>): void => {
  const { name, registration } = resource
  const { health, adapter } = registration
  if (health === false) return
  const follow = (status: 'up' | 'degraded' | 'down', result: HealthCheckResult): void => {
    core.setStatus(resource, status, status === 'up' ? [] : [causeOf(status, result)])
    cascade(core, name)
  }
  monitor.remove(name)
  monitor.add({
    name,
    options: health,
    attributes: { type: adapter.name },
    async probe(options) {
      const parts = resource.life?.parts
      if (parts === undefined) throw resource.refusal('health')
      return parts.probe(options)
    },
    isDue: () => isDue(core, resource),
    onUp: (result) => follow('up', result),
    onDegraded: (result) => follow('degraded', result),
    onDown: (result) => follow('down', result),
    onGivenUp(result) {
      if (resource.lifecycle.state !== 'quarantined') return
      core.enter(resource, 'failed', [{ reason: 'did not recover' }, causeOf('down', result)])
      cascade(core, name)
      void core.queue.run(async () => {
        if (resource.lifecycle.state === 'failed') await clear(core, new Set([name]))
      })
    },
  })
  monitor.start()
}

/** Whether there is something to ask, and asking would say more than what is known of those it needs. */
const isDue = (core: ManagerCore, resource: ManagedResource<unknown>): boolean => {
  const { state } = resource.lifecycle
  if (state !== 'ready' && state !== 'degraded' && state !== 'quarantined') return false
  const { requires, bindsTo } = core.graph.of(resource.name)
  for (const parent of core.resources([...requires, ...bindsTo])) if (!parent.isUsable) return false
  return true
}

const causeOf = (status: 'degraded' | 'down', { reason }: HealthCheckResult): TransitionCause => ({
  reason: `its checks say ${status}${reason === undefined ? '' : `: ${reason}`}`,
  ...(status === 'down' ? { code: 'UNAVAILABLE' } : {}),
})
