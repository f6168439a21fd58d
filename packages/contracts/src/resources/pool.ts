import type { CallOptions } from '../call-options.ts'
import type { EventSource } from '../events.ts'
import type { HealthCheckable } from '../health.ts'
import type { Closeable } from '../lifecycle.ts'
import type { Lease } from './lease.ts'
import type { PoolEvents } from './pool-events.ts'
import type { PoolStatistics } from './pool-statistics.ts'
import type { ResourceInstance } from './resource-instance.ts'

/** Options of {@link Pool.acquire}. The earliest of `deadline`, `timeoutMs` and the deadline of the surrounding context holds. */
export interface AcquireOptions extends CallOptions {
  /** How long to wait at most, in milliseconds; 0: not at all. Default: the pool's `acquireTimeoutMs`. */
  readonly timeoutMs?: number | undefined
  /** On whose behalf. Tenants that wait take turns, each in its own order of arrival. Default: that of the surrounding context. */
  readonly tenant?: string | undefined
}

/** Options of {@link Pool.tryAcquire}. */
export interface TryAcquireOptions {
  readonly tenant?: string | undefined
}

/** New bounds of a pool; what is left out stays. */
export interface PoolSize {
  readonly minSize?: number | undefined
  readonly maxSize?: number | undefined
  readonly minIdle?: number | undefined
}

/** Options of {@link Pool.advanceEpoch}. */
export interface AdvanceEpochOptions {
  /**
   * How long a lease of an earlier epoch may stay out, in milliseconds: 0 or more. Then it is taken away, a `use` in it
   * rejects with CLOSED, and its resource is destroyed. Default Infinity: it may stay out for as long as it likes.
   */
  readonly maxDrainMs?: number | undefined
}

/**
 * Hands out a bounded number of resources, one lease at a time each, first come first served.
 *
 * - One that waits is never overtaken by one that came later, of the same tenant; tenants take turns.
 * - A resource is never in two leases, and destroyed exactly once.
 * - Every acquire settles by its deadline at the latest, whatever the adapter does.
 */
export interface Pool<T> extends EventSource<PoolEvents>, HealthCheckable, Closeable {
  /** For logs, errors and metrics. Never a secret. */
  readonly name: string
  /** Grows by one with each {@link Pool.advanceEpoch}; 1 at the beginning. */
  readonly epoch: number
  /**
   * Makes `minSize` resources and resolves when they are there. Optional: the first acquire does what is needed. Rejects with
   * what the last create failed with when the deadline comes first (default: the pool's `acquireTimeoutMs` from now); the
   * pool goes on trying and can be used all the same.
   */
  start(options?: CallOptions): Promise<void>
  /**
   * Waits for a lease. Errors: TIMEOUT/ACQUIRE_TIMEOUT with `details` of who waits and who holds and the last failure to
   * create as `cause`; RESOURCE_EXHAUSTED/POOL_EXHAUSTED when too many wait already; CANCELLED; CLOSED; and at once what the
   * adapter's `create` says when waiting cannot help.
   */
  acquire(options?: AcquireOptions): Promise<Lease<T>>
  /** A lease if a resource is free that needs no check, at once; otherwise undefined, and also when somebody waits. Throws CLOSED. */
  tryAcquire(options?: TryAcquireOptions): Lease<T> | undefined
  /**
   * Acquires, runs `work` and releases, however `work` ends. When it ends with an error that the adapter's `isBroken` knows,
   * the resource is destroyed. Rejects with that error as it is, or as `acquire` does.
   */
  use<R>(work: (resource: T, lease: Lease<T>) => Promise<R> | R, options?: AcquireOptions): Promise<R>
  /** Sets new bounds at once. What is idle beyond them is destroyed, what is leased is when it comes back. Throws INVALID_ARGUMENT. */
  resize(size: PoolSize): void
  /** Destroys every resource `keep` says no to: idle ones now, others when they come back. Answers how many. */
  retain(keep: (instance: ResourceInstance, resource: T) => boolean): number
  /**
   * Begins a new epoch: credentials have changed. No resource of an earlier one is leased any more; idle ones are destroyed
   * now, others when they come back or after `maxDrainMs`, and a create under way is not used. The next creates begin at once,
   * also where earlier ones have failed. Answers the new epoch; `epoch.drained` tells when nothing of an earlier one is left.
   * Throws INVALID_ARGUMENT, CLOSED.
   */
  advanceEpoch(options?: AdvanceEpochOptions): number
  /**
   * Refuses new acquires with CLOSED, serves those that wait, and resolves when every lease is back. It cannot be undone; it
   * leaves the resources for `close` to destroy. Rejects with CANCELLED or TIMEOUT when the caller's signal or deadline comes first.
   */
  drain(options?: CallOptions): Promise<void>
  /** Counts, sizes, distributions, and how large the pool should be. */
  statistics(): PoolStatistics
  /** Every resource there is. */
  instances(): readonly ResourceInstance[]
}
