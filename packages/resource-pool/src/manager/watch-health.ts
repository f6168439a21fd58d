import type { CallOptions, HealthReport } from '@holdfast/contracts'
import { cascade } from './cascade.ts'
import { clear } from './clear-resource.ts'
import type { HealthCheckOptions } from './health-check-options.ts'
import type { HealthCheckResult } from './health-history.ts'
import type { HealthMonitor } from './health-monitor.ts'
import type { HealthTarget } from './health-target.ts'
import type { ManagedResource } from './managed-resource.ts'
import type { ManagerCore } from './manager-core.ts'
import type { TransitionCause } from './manager-events.ts'

/** Has the health of a resource that was started checked, and what the checks say followed. */
export const watchHealth = (core: ManagerCore, monitor: HealthMonitor, resource: ManagedResource<unknown>): void => {
  const { name, registration } = resource
  const { health } = registration
  if (health === false) return
  monitor.remove(name)
  monitor.add(new ManagedTarget(core, resource, health))
  monitor.start()
}

/** A managed resource as the monitor sees it. A class, whose methods weigh nothing: there may be thousands. */
class ManagedTarget implements HealthTarget {
  readonly name: string
  readonly options: HealthCheckOptions | undefined
  readonly #core: ManagerCore
  readonly #resource: ManagedResource<unknown>

  constructor(core: ManagerCore, resource: ManagedResource<unknown>, options: HealthCheckOptions | undefined) {
    this.name = resource.name
    this.options = options
    this.#core = core
    this.#resource = resource
  }

  get attributes(): Readonly<Record<string, string>> {
    return { type: this.#resource.registration.adapter.name }
  }

  async probe(options: CallOptions): Promise<HealthReport> {
    const parts = this.#resource.life?.parts
    if (parts === undefined) throw this.#resource.refusal('health')
    return parts.probe(options)
  }

  /** Whether there is something to ask, and asking would say more than what is known of those it needs. */
  isDue(): boolean {
    const { state } = this.#resource.lifecycle
    if (state !== 'ready' && state !== 'degraded' && state !== 'quarantined') return false
    const { graph } = this.#core
    const { requires, bindsTo } = graph.of(this.name)
    for (const parent of this.#core.resources([...requires, ...bindsTo])) if (!parent.isUsable) return false
    return true
  }

  onUp(result: HealthCheckResult): void {
    this.#follow('up', result)
  }

  onDegraded(result: HealthCheckResult): void {
    this.#follow('degraded', result)
  }

  onDown(result: HealthCheckResult): void {
    this.#follow('down', result)
  }

  onGivenUp(result: HealthCheckResult): void {
    const core = this.#core
    const { lifecycle } = this.#resource
    if (lifecycle.state !== 'quarantined') return
    core.enter(this.#resource, 'failed', [{ reason: 'did not recover' }, causeOf('down', result)])
    cascade(core, this.name)
    void core.queue.run(async () => {
      if (lifecycle.state === 'failed') await clear(core, new Set([this.name]))
    })
  }

  #follow(status: 'up' | 'degraded' | 'down', result: HealthCheckResult): void {
    this.#core.setStatus(this.#resource, status, status === 'up' ? [] : [causeOf(status, result)])
    cascade(this.#core, this.name)
  }
}

const causeOf = (status: 'degraded' | 'down', { reason }: HealthCheckResult): TransitionCause => ({
  reason: `its checks say ${status}${reason === undefined ? '' : `: ${reason}`}`,
  ...(status === 'down' ? { code: 'UNAVAILABLE' } : {}),
})
