import type { CallOptions, Layer, Operations } from '@holdfast/contracts'
import type { CredentialSource } from '@holdfast/contracts/credentials'
import type { Pool, ResourceAdapter } from '@holdfast/contracts/resources'
import type { CreatePoolOptions } from '../create-pool-options.ts'
import type { HealthCheckOptions } from './health-check-options.ts'
import type { AnyResourceKey } from './resource-key.ts'
import type { RotationOptions } from './rotation-options.ts'
import type { TenantOptions } from './tenant-options.ts'

/** What stands around the making and the use of a resource: each policy of `@holdfast/resilience` is one. */
export interface ResourcePolicy {
  layer<C>(operations: Operations<C>): Layer<C>
  /** A circuit breaker tells in which state the circuit of a key is. The key of a resource is its name. */
  state?(key?: string): string
}

/** Called at the borders of a resource's life and waited for, each bounded by the deadline of the whole. One that rejects fails the step it is part of. */
export interface ResourceHooks<T> {
  /** Before anything is made. */
  beforeStart?(options: CallOptions): unknown
  /** When it works, before anybody gets it and before those that require it begin to start: for migrations, say. */
  afterStart?(pool: Pool<T>, options: CallOptions): unknown
  /** When nobody gets it any more, before what is out has come back: to write down what is left. Stopping goes on when it rejects. */
  beforeStop?(pool: Pool<T>, options: CallOptions): unknown
  /** When it is gone, also after a start that failed later than `beforeStart`. */
  afterStop?(options: CallOptions): unknown
}

/** Options of the pool that the manager sees to itself. */
type ManagedPoolOption =
  | 'name'
  | 'credentials'
  | 'clock'
  | 'logger'
  | 'tracer'
  | 'metrics'
  | 'random'
  | 'separateTenants'

/** How a resource is made, what it needs, and who may use it. */
export interface ResourceRegistration<T> {
  readonly adapter: ResourceAdapter<T>
  /** `pooled`: one user at a time for each of several; `singleton`: one for all users at the same time, as clients with connections of their own want it. Default `pooled`. */
  readonly kind?: 'pooled' | 'singleton' | undefined
  /** Options of its pool. Of a singleton only the timeouts count. */
  readonly pool?: Omit<CreatePoolOptions, ManagedPoolOption> | undefined
  /** Started before; when one of them does not start, this is skipped, and when one is not usable later, this is degraded. */
  readonly requires?: readonly AnyResourceKey[] | undefined
  /** Started before if they are registered; this starts without them too, degraded. */
  readonly wants?: readonly AnyResourceKey[] | undefined
  /** Started before if they are registered, whatever becomes of them: order only. */
  readonly after?: readonly AnyResourceKey[] | undefined
  /** As `requires`, and when one of them is quarantined, fails or stops later, so is this, until it is back. */
  readonly bindsTo?: readonly AnyResourceKey[] | undefined
  /** How its health is checked; false: not at all. */
  readonly health?: HealthCheckOptions | false | undefined
  /** What `create` needs, by name. Kept until it changes or expires, and fetched once for however many creates. */
  readonly credentials?: Readonly<Record<string, CredentialSource>> | undefined
  readonly rotation?: RotationOptions | undefined
  /** Policies around its making and its use, outermost first. */
  readonly layers?: readonly ResourcePolicy[] | undefined
  readonly tenants?: TenantOptions | undefined
  readonly hooks?: ResourceHooks<T> | undefined
}
