import type { CallOptions, Closeable, CloseOptions, EventSource, HealthStatus } from '@holdfast/contracts'
import type { AcquireOptions, Lease, Pool, PoolStatistics } from '@holdfast/contracts/resources'
import type { HealthCheckResult, HealthTrend } from './health-history.ts'
import type { LifecycleState } from './lifecycle-state.ts'
import type { ManagerEvents, ManagerState, TransitionCause } from './manager-events.ts'
import type { AnyResourceKey, ResourceKey } from './resource-key.ts'
import type { ResourceRegistration } from './resource-registration.ts'
import type { RotationOutcome } from './rotation-outcome.ts'
import type { RunOptions } from './run-options.ts'

/** How resources depend on one another: an edge leads from the one that needs to the one that is needed. */
export interface ResourceGraph {
  readonly nodes: readonly {
    readonly name: string
    readonly type: string
    readonly kind: 'pooled' | 'singleton'
    readonly state: LifecycleState
    /** What it waits for while it starts or stops. */
    readonly waitsFor: readonly string[]
  }[]
  readonly edges: readonly {
    readonly from: string
    readonly to: string
    readonly kind: 'requires' | 'wants' | 'after' | 'bindsTo'
  }[]
}

/** All that is known of one resource at a moment. Never a secret. */
export interface ResourceExplanation {
  readonly name: string
  readonly type: string
  readonly kind: 'pooled' | 'singleton'
  readonly state: LifecycleState
  /** Why it is in this state, nearest first. */
  readonly causes: readonly TransitionCause[]
  /** Since when: RFC 3339, UTC. */
  readonly since: string
  readonly requires: readonly string[]
  readonly wants: readonly string[]
  readonly after: readonly string[]
  readonly bindsTo: readonly string[]
  readonly requiredBy: readonly string[]
  readonly health?: {
    readonly status: HealthStatus | undefined
    readonly last: HealthCheckResult | undefined
    readonly trend: HealthTrend
  }
  /** Versions in use, by the names of the credentials. */
  readonly credentials: Readonly<Record<string, { readonly version: string; readonly expiresAt?: string }>>
  /** State of the circuit of each policy that has one. */
  readonly circuits: readonly string[]
  readonly statistics?: PoolStatistics
}

/** How the whole is doing. Liveness never depends on it. */
export interface ManagerHealth {
  readonly status: HealthStatus
  /** Whether traffic should be sent here: every resource that something requires works, and no stop has begun. */
  readonly isReady: boolean
  readonly reason?: string
  /** The worst of each type of adapter. */
  readonly types: Readonly<Record<string, HealthStatus>>
  readonly resources: Readonly<
    Record<string, { readonly state: LifecycleState; readonly status: HealthStatus; readonly reason?: string }>
  >
}

/**
 * Holds the resources of a service: starts and stops them in the order of what they need, notices when one fails and takes it
 * back when it recovers, and moves it to new credentials while it is in use.
 */
export interface ResourceManager extends EventSource<ManagerEvents>, Closeable {
  readonly state: ManagerState
  /** Adds a resource; also while others run, when everything it requires is registered. Throws INVALID_ARGUMENT with every problem, DEPENDENCY_CYCLE with the path. */
  register<T>(key: ResourceKey<T>, registration: ResourceRegistration<T>): void
  /**
   * Starts everything that is not up, or one resource with what it requires or wants: each as soon as its own parents are up,
   * all under one deadline (default: `startTimeoutMs`). When one fails that is not merely wanted, what was started by this call is
   * stopped again in reverse order, and it rejects with UNAVAILABLE/DEPENDENCY_FAILED, with `details` of who failed, who was skipped
   * because of whom, and what was undone; with TIMEOUT at the deadline, and with CANCELLED when the signal is aborted or `stop` is
   * called. While a stop is under way it waits for it.
   */
  start(options?: CallOptions & { readonly only?: AnyResourceKey }): Promise<void>
  /**
   * Stops everything, or one resource and what requires it: readiness is off at once, then each refuses new acquires when those
   * that require it are gone, drains to the deadline (default: `stopDeadlineMs`) and is destroyed. A start that is under way is
   * cancelled; a stop of one waits for it. Rejects with TIMEOUT, `details` of the leases that were taken away and the hooks
   * that failed, when everything is stopped and not all of it went well.
   */
  stop(options?: CloseOptions & { readonly only?: AnyResourceKey }): Promise<void>
  /** The pool of a resource, whose `acquire` and `use` go through the manager. Throws NOT_FOUND/RESOURCE_UNKNOWN. */
  pool<T>(key: ResourceKey<T>): Pool<T>
  /** As {@link Pool.acquire}. UNAVAILABLE with the reason NOT_READY or QUARANTINED when nobody may get it now. */
  acquire<T>(key: ResourceKey<T>, options?: AcquireOptions): Promise<Lease<T>>
  /** As {@link Pool.use}. */
  use<T, R>(
    key: ResourceKey<T>,
    work: (resource: T, lease: Lease<T>) => Promise<R> | R,
    options?: AcquireOptions,
  ): Promise<R>
  /** Moves a resource to the credentials that its sources have now, also when they look the same. Rejects when the old ones stay in use. */
  rotate(key: AnyResourceKey, options?: CallOptions): Promise<RotationOutcome>
  /** The keys of all resources, in the order in which they were registered. */
  keys(): readonly AnyResourceKey[]
  /** Names in the order in which they start when nothing starts at the same time. */
  startupOrder(): readonly string[]
  explain(key: AnyResourceKey): ResourceExplanation
  graph(): ResourceGraph
  /** What is known now; asks nobody. */
  health(): ManagerHealth
  /** The answers of the last checks, oldest first. */
  healthHistory(key: AnyResourceKey): readonly HealthCheckResult[]
  /**
   * Starts everything, answers the probes of an orchestrator, and stops everything in order when a signal comes: the whole life
   * of a service. Resolves with the exit code, which is also set on the process: 0 stopped, 1 not started, 2 stopped with something left behind.
   */
  run(options?: RunOptions): Promise<number>
}
