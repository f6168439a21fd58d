import { createEventHub, type EventHub, type HealthStatus, toTimestamp } from '@holdfast/contracts'
import { source } from '../pool-errors.ts'
import { DependencyGraph } from './dependency-graph.ts'
import { readResource } from './explain-resource.ts'
import { createHealthMonitor, type HealthMonitor } from './health-monitor.ts'
import { isUsable, type LifecycleState } from './lifecycle-state.ts'
import type { ManagedResource } from './managed-resource.ts'
import { chainText } from './manager-errors.ts'
import type { ManagerEvents, ManagerState, TransitionCause } from './manager-events.ts'
import { managerHealth } from './manager-health.ts'
import { createManagerMetrics, type ManagerMetrics } from './manager-metrics.ts'
import { OperationQueue } from './operation-queue.ts'
import type { AnyResourceKey } from './resource-key.ts'
import type { ManagerSettings } from './resource-manager-options.ts'
import type { OrderedRun } from './run-in-order.ts'
import { watchHealth } from './watch-health.ts'

/** What the parts of a manager share: who there is, in which state, and who is told of it. */
export class ManagerCore {
  readonly settings: ManagerSettings
  readonly hub: EventHub<ManagerEvents>
  readonly graph = new DependencyGraph()
  readonly byKey = new Map<AnyResourceKey, ManagedResource<unknown>>()
  readonly byName = new Map<string, ManagedResource<unknown>>()
  /** Starts, stops and clearing away, one at a time. */
  readonly queue = new OperationQueue()
  readonly monitor: HealthMonitor
  readonly metrics: ManagerMetrics | undefined
  state: ManagerState = 'created'
  /** There is no way back. */
  isClosed = false
  /** The start or stop that is under way. */
  run: OrderedRun | undefined = undefined

  constructor(settings: ManagerSettings) {
    this.settings = settings
    this.hub = createEventHub<ManagerEvents>(settings.logger, source)
    const { clock, random, logger, tracer } = settings
    this.metrics =
      settings.metrics === undefined
        ? undefined
        : createManagerMetrics({
            metrics: settings.metrics,
            events: this.hub,
            typeOf: (name) => this.byName.get(name)?.registration.adapter.name,
            resources: () => [...this.byName.values()].map((resource) => readResource(this, resource)),
            state: () => this.state,
            isReady: () => managerHealth(this).isReady,
          })
    this.monitor = createHealthMonitor({
      clock,
      random,
      logger,
      tracer,
      events: this.hub,
      onChecked: (name, result) => this.metrics?.checked(name, result),
    })
  }

  /** The resources of these names, which are registered. */
  *resources(names: Iterable<string>): Iterable<ManagedResource<unknown>> {
    for (const name of names) {
      const resource = this.byName.get(name)
      if (resource !== undefined) yield resource
    }
  }

  at(): string {
    return toTimestamp(this.settings.clock.wallNow())
  }

  /** Moves a resource to a state, and with it whether anybody gets it. */
  enter(resource: ManagedResource<unknown>, to: LifecycleState, causes: readonly TransitionCause[]): void {
    // Before anybody is told: a listener that acquires finds it as it was told.
    resource.open = isUsable(to) ? resource.life?.parts?.pool : undefined
    resource.lifecycle.enter(to, causes, this.settings.clock.wallNow(), this.#tell)
  }

  /** Begins what goes on while a resource is up. */
  onStarted(resource: ManagedResource<unknown>): void {
    watchHealth(this, this.monitor, resource)
  }

  /** Ends it. */
  onStopping({ name }: ManagedResource<unknown>): void {
    this.monitor.remove(name)
  }

  /** What the checks of a resource say of it from now on. */
  setStatus(resource: ManagedResource<unknown>, status: HealthStatus, causes: readonly TransitionCause[]): void {
    resource.status = status
    resource.statusCauses = causes
  }

  /** Nothing is told any more. */
  end(): void {
    this.monitor.close()
    this.metrics?.end()
    this.hub.end()
  }

  enterState(to: ManagerState, causes: readonly TransitionCause[]): void {
    const from = this.state
    if (from === to) return
    this.state = to
    this.settings.logger.info({ from, to, because: chainText(causes) }, 'the resource manager changed its state')
    this.hub.emit('manager.transitioned', () => ({ at: this.at(), from, to, causes }))
  }

  readonly #tell = (
    name: string,
    from: LifecycleState,
    to: LifecycleState,
    causes: readonly TransitionCause[],
  ): void => {
    const { logger } = this.settings
    const fields = { resource: name, from, to, because: chainText(causes) }
    if (to === 'quarantined' || to === 'failed' || to === 'degraded')
      logger.warn(fields, 'a resource changed its state')
    else logger.info(fields, 'a resource changed its state')
    this.hub.emit('resource.transitioned', () => ({ at: this.at(), resource: name, from, to, causes }))
  }
}
