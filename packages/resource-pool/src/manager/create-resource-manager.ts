import { type CallOptions, type CloseOptions, createProblems, type EventHub } from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import type { AcquireOptions, Lease, Pool } from '@holdfast/contracts/resources'
import { source } from '../pool-errors.ts'
import { checkRegistration } from './check-registration.ts'
import { explainResource, resourceGraph } from './explain-resource.ts'
import { guardUse } from './guard-use.ts'
import type { HealthCheckResult } from './health-history.ts'
import { ManagedPool } from './managed-pool.ts'
import { ManagedResource } from './managed-resource.ts'
import { ManagerCore } from './manager-core.ts'
import {
  cycleError,
  managerClosedError,
  missingDependenciesError,
  noCredentialsError,
  startCancelledError,
  stoppedWithRemainsError,
  unknownResourceError,
} from './manager-errors.ts'
import type { ManagerEvents, ManagerState, TransitionCause } from './manager-events.ts'
import { managerHealth } from './manager-health.ts'
import type { AnyResourceKey, ResourceKey } from './resource-key.ts'
import type { ManagerHealth, ResourceExplanation, ResourceGraph, ResourceManager } from './resource-manager.ts'
import { managerSettings, type ResourceManagerOptions } from './resource-manager-options.ts'
import type { ResourceRegistration } from './resource-registration.ts'
import type { RotationOutcome } from './rotation-outcome.ts'
import { runManager } from './run-manager.ts'
import type { RunOptions } from './run-options.ts'
import { startResources } from './start-resources.ts'
import { stopResources } from './stop-resources.ts'

/**
 * Makes a manager that starts and stops the resources of a service in the order of what they need, notices when one fails,
 * and moves them to new credentials while they are in use. Nothing is made before `start`.
 *
 * Throws INVALID_ARGUMENT naming every option that is wrong.
 */
export const createResourceManager = (options?: ResourceManagerOptions): ResourceManager =>
  new OwnResourceManager(new ManagerCore(managerSettings(options)))

/** A start that is under way, or waits for its turn. */
interface RunningStart {
  readonly controller: AbortController
  /** A stop has cancelled it, which stops what it has started too. */
  isStopped: boolean
}

class OwnResourceManager implements ResourceManager {
  readonly on: EventHub<ManagerEvents>['on']
  readonly events: EventHub<ManagerEvents>['events']
  readonly #core: ManagerCore
  /** Of the core, and here again: the quick path has no step to spare. */
  readonly #byKey: ManagerCore['byKey']
  /** What was handed out: a look-up is one look. */
  readonly #pools = new Map<AnyResourceKey, unknown>()
  /** Starts that a stop would cancel. */
  readonly #starts = new Set<RunningStart>()
  #closed: Promise<void> | undefined

  constructor(core: ManagerCore) {
    this.#core = core
    this.#byKey = core.byKey
    this.on = core.hub.on
    this.events = core.hub.events
  }

  get state(): ManagerState {
    return this.#core.state
  }

  register<T>(key: ResourceKey<T>, registration: ResourceRegistration<T>): void {
    this.#requireOpen('register')
    const core = this.#core
    const dependencies = checkRegistration(key, registration, (name) => core.byName.get(name)?.key)
    const { name } = key
    const cycle = core.graph.findCycle(name, dependencies)
    if (cycle !== undefined) throw cycleError(cycle)
    if (core.state !== 'created' && core.state !== 'stopped') {
      const missing = [...new Set([...dependencies.requires, ...dependencies.bindsTo])].filter(
        (each) => !core.graph.has(each),
      )
      if (missing.length > 0) {
        throw missingDependenciesError(
          'register',
          missing.map((each) => ({ name, missing: each })),
        )
      }
    }
    const resource = new ManagedResource(key, registration, core.settings.clock.wallNow(), core)
    resource.guard = guardUse(name, registration.layers ?? [])
    core.graph.add(name, dependencies)
    // Whoever takes it from there under its key gives it its type back, and nobody else puts anything into it.
    const known = resource as ManagedResource<unknown>
    core.byKey.set(key, known)
    core.byName.set(name, known)
    core.hub.emit('resource.registered', () => ({ at: core.at(), resource: name }))
  }

  async start({ signal, deadline, only }: CallOptions & { readonly only?: AnyResourceKey } = {}): Promise<void> {
    this.#requireOpen('start')
    const core = this.#core
    const { clock, startTimeoutMs } = core.settings
    const root = only === undefined ? undefined : this.#find(only, 'start').name
    /** Also those that are registered while this waits for its turn. */
    const names = (): ReadonlySet<string> =>
      root === undefined ? new Set(core.byName.keys()) : core.graph.withNeeded(root)
    const missing = core.graph.missing(names())
    if (missing.length > 0) throw missingDependenciesError('start', missing)
    const controller = new AbortController()
    const onAbort = (): void => controller.abort(signal?.reason)
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    const start: RunningStart = { controller, isStopped: false }
    this.#starts.add(start)
    const run = async (): Promise<void> => {
      this.#enterState('starting', root === undefined ? 'start was called' : `start of ${root} was called`)
      const ownDeadline = deadline ?? clock.monotonicNow() + startTimeoutMs
      const until = Math.min(ownDeadline, currentContext()?.deadline ?? Number.POSITIVE_INFINITY)
      try {
        await startResources(core, names(), {
          signal: controller.signal,
          deadline: until,
          leavesRollback: () => start.isStopped,
        })
        if (!start.isStopped) this.#enterState('ready', 'everything that was to be started is up')
      } catch (error) {
        if (!start.isStopped) {
          const runs = [...core.byName.values()].some(({ isUsable }) => isUsable)
          this.#enterState(runs ? 'ready' : 'failed', 'the start failed')
        }
        throw error
      }
    }
    try {
      await this.#core.queue.run(run, controller.signal, { source, operation: 'start' })
    } finally {
      this.#starts.delete(start)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async stop(options: CloseOptions & { readonly only?: AnyResourceKey } = {}): Promise<void> {
    this.#requireOpen('stop')
    await this.#stop('stop', options)
  }

  close(options: CloseOptions = {}): Promise<void> {
    if (this.#closed !== undefined) return this.#closed
    const { deadlineMs } = options
    if (deadlineMs !== undefined && !(deadlineMs >= 0)) return this.#stop('close', options)
    const closed = Promise.withResolvers<void>()
    // Set before anything is told of it: a listener that closes again must find it closed.
    this.#closed = closed.promise
    this.#core.isClosed = true
    const end = (): void => {
      for (const { facade } of this.#core.byName.values()) facade?.end()
      this.#core.end()
    }
    this.#stop('close', options).finally(end).then(closed.resolve, closed.reject)
    return closed.promise
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  pool<T>(key: ResourceKey<T>): Pool<T> {
    // What was made for a key has the key's type.
    const known = this.#pools.get(key) as Pool<T> | undefined
    return known ?? this.#makePool(key)
  }

  acquire<T>(key: ResourceKey<T>, options?: AcquireOptions): Promise<Lease<T>> {
    // What was registered under a key has the key's type.
    const resource = this.#byKey.get(key) as ManagedResource<T> | undefined
    return resource === undefined ? this.#refuse(key, 'acquire') : resource.acquire(options)
  }

  use<T, R>(
    key: ResourceKey<T>,
    work: (resource: T, lease: Lease<T>) => Promise<R> | R,
    options?: AcquireOptions,
  ): Promise<R> {
    // What was registered under a key has the key's type.
    const resource = this.#byKey.get(key) as ManagedResource<T> | undefined
    return resource === undefined ? this.#refuse(key, 'use') : resource.use(work, options)
  }

  async rotate(key: AnyResourceKey, options?: CallOptions): Promise<RotationOutcome> {
    const resource = this.#find(key, 'rotate')
    const parts = resource.life?.parts
    if (parts === undefined) throw resource.refusal('rotate')
    if (parts.rotation === undefined) throw noCredentialsError(key.name)
    return parts.rotation.rotate(options)
  }

  keys(): readonly AnyResourceKey[] {
    return [...this.#byKey.keys()]
  }

  startupOrder(): readonly string[] {
    return this.#core.graph.order()
  }

  explain(key: AnyResourceKey): ResourceExplanation {
    return explainResource(this.#core, this.#find(key, 'explain'))
  }

  graph(): ResourceGraph {
    return resourceGraph(this.#core)
  }

  health(): ManagerHealth {
    return managerHealth(this.#core)
  }

  healthHistory(key: AnyResourceKey): readonly HealthCheckResult[] {
    return this.#core.monitor.history(this.#find(key, 'healthHistory').name)
  }

  run(options: RunOptions = {}): Promise<number> {
    const { clock, logger } = this.#core.settings
    return runManager(this, options, { clock, logger })
  }

  async #stop(
    operation: 'stop' | 'close',
    { deadlineMs = this.#core.settings.stopDeadlineMs, only }: CloseOptions & { readonly only?: AnyResourceKey },
  ): Promise<void> {
    const core = this.#core
    const { clock } = core.settings
    const problems = createProblems(source, operation)
    problems.require(deadlineMs >= 0, 'deadlineMs', deadlineMs, '0 or more, or Infinity')
    problems.throwIfAny()
    const begunAt = clock.monotonicNow()
    const reason = only === undefined ? `${operation} was called` : `${operation} of ${only.name} was called`
    const causes: readonly TransitionCause[] = [{ reason }]
    const names = only === undefined ? undefined : core.graph.withDependents(this.#find(only, operation).name)
    if (names === undefined) {
      for (const start of this.#starts) {
        start.isStopped = true
        start.controller.abort(startCancelledError())
      }
      core.enterState('stopping', causes)
    }
    const remains = await this.#core.queue.run(
      async () => {
        const waitedMs = clock.monotonicNow() - begunAt
        const left = await stopResources(core, names ?? new Set(core.byName.keys()), {
          deadlineMs: Math.max(0, deadlineMs - waitedMs),
          causes,
        })
        if (names === undefined) core.enterState('stopped', causes)
        return left
      },
      undefined,
      { source, operation },
    )
    if (Object.keys(remains.forced).length > 0 || remains.problems.length > 0) {
      throw stoppedWithRemainsError(operation, remains.forced, remains.problems)
    }
  }

  #enterState(to: ManagerState, reason: string): void {
    this.#core.enterState(to, [{ reason }])
  }

  #makePool<T>(key: ResourceKey<T>): Pool<T> {
    // What was registered under a key has the key's type.
    const resource = this.#find(key, 'pool') as ManagedResource<T>
    const pool = new ManagedPool(resource, {
      core: this.#core,
      start: (options) => this.start({ ...options, only: key }),
      stop: (options) => this.stop({ ...options, only: key }),
    })
    resource.facade = pool
    this.#pools.set(key, pool)
    return pool
  }

  #find(key: AnyResourceKey, operation: string): ManagedResource<unknown> {
    const resource = this.#byKey.get(key)
    if (resource === undefined) throw this.#unknown(key, operation)
    return resource
  }

  #unknown(key: AnyResourceKey, operation: string): Error {
    return unknownResourceError(String(key?.name), operation, [...this.#core.byName.keys()])
  }

  #refuse(key: AnyResourceKey, operation: string): Promise<never> {
    return Promise.reject(this.#unknown(key, operation))
  }

  #requireOpen(operation: string): void {
    if (this.#core.isClosed) throw managerClosedError(operation)
  }
}
