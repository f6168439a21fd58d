import {
  abortable,
  type CallOptions,
  type Clock,
  type CloseOptions,
  createProblems,
  type DroppedEvents,
  defaultCloseDeadlineMs,
  type EventHub,
  type HealthReport,
  type SubscriptionOptions,
  systemClock,
  type Timer,
} from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import type {
  AcquireOptions,
  AdvanceEpochOptions,
  Lease,
  Pool,
  PoolEvents,
  PoolSize,
  PoolStatistics,
  ResourceInstance,
  TryAcquireOptions,
} from '@holdfast/contracts/resources'
import { poolDefaults } from '../create-pool-options.ts'
import { closedError, deadlineError, interruptedError, source } from '../pool-errors.ts'
import type { ManagerEvents } from './manager-events.ts'
import { QuotaKeeper } from './quota-keeper.ts'
import { requireTenantOptions } from './require-tenant-options.ts'
import { TenantBoundary } from './tenant-boundary.ts'
import type { TenantOptions } from './tenant-options.ts'
import { quotaReader } from './tenant-quota.ts'

/** What {@link createTenantGate} takes beside the pool and the options. */
export interface TenantGateParts {
  /** The resource, in errors and events. Default: the name of the pool. */
  readonly name?: string | undefined
  /** Default: the real time. */
  readonly clock?: Clock | undefined
  /** How long an acquire waits that does not say; that of the pool. Default 5000, as the pool's. */
  readonly acquireTimeoutMs?: number | undefined
  /** Told `tenant.admitted` and `tenant.refused`. */
  readonly events?: EventHub<ManagerEvents> | undefined
}

/** What one tenant has and wants at a moment. */
export interface TenantLoadReport {
  readonly tenant: string
  readonly leases: number
  /** Callers that wait for a resource, in the pool's line. */
  readonly waiting: number
  /** Callers that wait for one of the tenant's own leases to come back. */
  readonly waitingForQuota: number
}

/** A pool that knows who uses it. */
export interface TenantGate<T> extends Pool<T> {
  /** What each tenant has and wants; only tenants that have or want something, or lately did. */
  tenants(): readonly TenantLoadReport[]
}

/**
 * Puts a boundary around a pool: each acquire is on behalf of a tenant, which must be admitted and stays within its quota.
 *
 * Whoever would be one too many for `maxLeases` waits for one of its own tenant's leases to come back, in the order in which
 * they came, for as long as an acquire waits, and never stands in the pool's line meanwhile: other tenants do not notice. In
 * the end it is told RESOURCE_EXHAUSTED/QUOTA_EXCEEDED rather than TIMEOUT, so that no circuit breaker opens because of it.
 * Errors: INVALID_ARGUMENT/TENANT_REQUIRED, PERMISSION_DENIED/TENANT_REFUSED, RESOURCE_EXHAUSTED/QUOTA_EXCEEDED,
 * RATE_LIMITED/QUOTA_EXCEEDED with `retryAfterMs`; and those of the pool. `tryAcquire` answers undefined at a quota and throws
 * at the boundary. Closing it closes the pool.
 */
export const createTenantGate = <T>(
  pool: Pool<T>,
  tenants: TenantOptions = {},
  parts: TenantGateParts = {},
): TenantGate<T> => {
  const problems = createProblems(source, 'createTenantGate')
  requireTenantOptions(problems, tenants)
  problems.throwIfAny()
  return new Gate(pool, tenants, parts)
}

class Gate<T> implements TenantGate<T> {
  readonly #pool: Pool<T>
  readonly #clock: Clock
  readonly #boundary: TenantBoundary
  readonly #keeper: QuotaKeeper<T>
  readonly #watchers = new Set<() => void>()
  #state: 'open' | 'draining' | 'closed' = 'open'
  #closed: Promise<void> | undefined

  constructor(
    pool: Pool<T>,
    tenants: TenantOptions,
    {
      name = pool.name,
      clock = systemClock,
      acquireTimeoutMs = poolDefaults.acquireTimeoutMs,
      events,
    }: TenantGateParts,
  ) {
    this.#pool = pool
    this.#clock = clock
    this.#boundary = new TenantBoundary({ name, tenants, clock, events })
    this.#keeper = new QuotaKeeper<T>({
      boundary: this.#boundary,
      quotaOf: quotaReader(tenants.quota),
      clock,
      acquireTimeoutMs,
      statistics: () => pool.statistics(),
      onNobodyWaits: () => {
        for (const watcher of [...this.#watchers]) watcher()
      },
    })
    // A lease that is taken away ends with its resource, and only then somebody else can have its place.
    pool.on('resource.destroyed', () => this.#keeper.dropRevoked())
  }

  get name(): string {
    return this.#pool.name
  }

  get epoch(): number {
    return this.#pool.epoch
  }

  acquire(options: AcquireOptions = {}): Promise<Lease<T>> {
    return this.#pass('acquire', options, (tenant) =>
      tenant === undefined
        ? this.#pool.acquire(options)
        : this.#keeper.enter<Lease<T>>(tenant, 'acquire', options, (given, usage) => {
            usage.inLine += 1
            return started(() => this.#pool.acquire(given)).then(
              (lease) => {
                usage.inLine -= 1
                return this.#keeper.grant(usage, lease)
              },
              (error) => {
                usage.inLine -= 1
                this.#keeper.settle(usage)
                throw error
              },
            )
          }),
    )
  }

  tryAcquire(options: TryAcquireOptions = {}): Lease<T> | undefined {
    this.#requireOpen('tryAcquire')
    const tenant = this.#boundary.tenantOf(options.tenant, 'tryAcquire')
    return tenant === undefined
      ? this.#pool.tryAcquire(options)
      : this.#keeper.tryEnter(tenant, () => this.#pool.tryAcquire({ tenant }))
  }

  use<R>(work: (resource: T, lease: Lease<T>) => Promise<R> | R, options: AcquireOptions = {}): Promise<R> {
    return this.#pass('use', options, (tenant) =>
      tenant === undefined
        ? this.#pool.use(work, options)
        : this.#keeper.enter<R>(tenant, 'use', options, (given, usage) => {
            usage.inLine += 1
            let end = (): void => {
              usage.inLine -= 1
              this.#keeper.settle(usage)
            }
            let isOver = false
            const run = (resource: T, lease: Lease<T>): Promise<R> | R => {
              // Its caller has been answered already: nothing is begun that nobody waits for.
              if (isOver) throw interruptedError(this.name, 'use')
              usage.inLine -= 1
              const gated = this.#keeper.grant(usage, lease)
              end = () => gated.end()
              return work(resource, gated)
            }
            return started(() => this.#pool.use(run, given)).finally(() => {
              isOver = true
              end()
            })
          }),
    )
  }

  start(options?: CallOptions): Promise<void> {
    return this.#pool.start(options)
  }

  resize(size: PoolSize): void {
    this.#pool.resize(size)
  }

  retain(keep: (instance: ResourceInstance, resource: T) => boolean): number {
    return this.#pool.retain(keep)
  }

  advanceEpoch(options?: AdvanceEpochOptions): number {
    return this.#pool.advanceEpoch(options)
  }

  /** Those who wait at the gate are served before the pool drains. */
  async drain(options: CallOptions = {}): Promise<void> {
    if (this.#state === 'closed') throw closedError(this.name, 'drain', 'closed')
    this.#state = 'draining'
    if (this.#keeper.waiting > 0) await this.#nobodyWaits(options)
    await this.#pool.drain(options)
  }

  health(options?: CallOptions): Promise<HealthReport> {
    return this.#pool.health(options)
  }

  statistics(): PoolStatistics {
    return this.#pool.statistics()
  }

  instances(): readonly ResourceInstance[] {
    return this.#pool.instances()
  }

  tenants(): readonly TenantLoadReport[] {
    return [...this.#keeper.usages].map(({ tenant, leases, inLine, queue }) => ({
      tenant,
      leases: leases.size,
      waiting: inLine,
      waitingForQuota: queue.size,
    }))
  }

  on<K extends keyof PoolEvents & string>(
    name: K,
    listener: (event: PoolEvents[K]) => void,
    options?: SubscriptionOptions,
  ): () => void {
    return this.#pool.on(name, listener, options)
  }

  events<K extends keyof PoolEvents & string>(
    name: K,
    options?: SubscriptionOptions,
  ): AsyncIterable<PoolEvents[K] | DroppedEvents> {
    return this.#pool.events(name, options)
  }

  close({ deadlineMs = defaultCloseDeadlineMs }: CloseOptions = {}): Promise<void> {
    if (this.#closed !== undefined) return this.#closed
    // A deadline that is none closes nothing.
    if (!(deadlineMs >= 0)) return this.#pool.close({ deadlineMs })
    const closed = Promise.withResolvers<void>()
    this.#closed = closed.promise
    this.#state = 'closed'
    this.#keeper.failAll(interruptedError(this.name, 'acquire'))
    this.#pool
      .close({ deadlineMs })
      .finally(() => {
        this.#keeper.dropRevoked()
        this.#keeper.stop()
      })
      .then(closed.resolve, closed.reject)
    return closed.promise
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #pass<R>(
    operation: string,
    { tenant }: AcquireOptions,
    begin: (tenant: string | undefined) => Promise<R>,
  ): Promise<R> {
    try {
      this.#requireOpen(operation)
      return begin(this.#boundary.tenantOf(tenant, operation))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #requireOpen(operation: string): void {
    if (this.#state !== 'open') throw closedError(this.name, operation, this.#state)
  }

  async #nobodyWaits({ signal, deadline = never }: CallOptions): Promise<void> {
    const until = Math.min(deadline, currentContext()?.deadline ?? never)
    const settled = Promise.withResolvers<void>()
    this.#watchers.add(settled.resolve)
    let timer: Timer | undefined
    if (until !== never) {
      const onTimeout = (): void =>
        settled.reject(
          deadlineError(this.name, 'drain', `${this.#keeper.waiting} callers wait for leases of their own tenants.`),
        )
      timer = this.#clock.setTimer(onTimeout, until - this.#clock.monotonicNow(), { keepAlive: true })
    }
    try {
      await abortable(settled.promise, signal, { source, operation: 'drain' })
    } finally {
      timer?.cancel()
      this.#watchers.delete(settled.resolve)
    }
  }
}

const never = Number.POSITIVE_INFINITY

/** The promise of a call, also when it throws instead of rejecting. */
const started = <R>(work: () => Promise<R>): Promise<R> => {
  try {
    return work()
  } catch (error) {
    return Promise.reject(error)
  }
}
