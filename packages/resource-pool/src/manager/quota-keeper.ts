import { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, cancellationError, type HoldfastError, type Timer, throwIfAborted } from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import type { AcquireOptions, Lease, PoolStatistics } from '@holdfast/contracts/resources'
import { source } from '../pool-errors.ts'
import { GatedLease } from './gated-lease.ts'
import type { TenantBoundary } from './tenant-boundary.ts'
import { leasesUsedUpError, tenantRateError, tooManyWaitingError } from './tenant-errors.ts'
import type { FullQuota } from './tenant-quota.ts'
import { type QuotaWaiter, TenantUsage } from './tenant-usage.ts'

/** Tenants that only their rate keeps from being forgotten are looked at no more often than this. */
const restMs = 1000

/** What a {@link QuotaKeeper} is made of. */
export interface QuotaKeeperOptions {
  readonly boundary: TenantBoundary
  readonly quotaOf: (tenant: string) => FullQuota
  readonly clock: Clock
  readonly acquireTimeoutMs: number
  /** Of the pool behind the gate. */
  readonly statistics: () => PoolStatistics
  /** Told when nobody waits at the gate any more. */
  readonly onNobodyWaits: () => void
}

/** Begins what was asked for, with the options for the pool. */
type Begin<T, R> = (options: AcquireOptions, usage: TenantUsage<T>) => Promise<R>

/**
 * Counts what each tenant has and wants, and lets on whom its quota allows. Who would be one too many waits here for one of
 * its own tenant's leases to come back, and so never stands in the pool's line before somebody else.
 */
export class QuotaKeeper<T> {
  readonly #boundary: TenantBoundary
  readonly #quotaOf: (tenant: string) => FullQuota
  readonly #clock: Clock
  readonly #acquireTimeoutMs: number
  readonly #statistics: () => PoolStatistics
  readonly #onNobodyWaits: () => void
  readonly #usages = new Map<string, TenantUsage<T>>()
  /** Those that have nothing and want nothing, and whose rate is not forgotten yet. */
  readonly #resting = new Set<TenantUsage<T>>()
  #restTimer: Timer | undefined
  #isStopped = false
  /** Callers that wait for leases of their own tenants. */
  waiting = 0

  constructor(options: QuotaKeeperOptions) {
    this.#boundary = options.boundary
    this.#quotaOf = options.quotaOf
    this.#clock = options.clock
    this.#acquireTimeoutMs = options.acquireTimeoutMs
    this.#statistics = options.statistics
    this.#onNobodyWaits = options.onNobodyWaits
  }

  /** Every tenant that something is known of. */
  get usages(): Iterable<TenantUsage<T>> {
    return this.#usages.values()
  }

  /** Lets a caller on to the pool, now or when one of its tenant's leases comes back. Throws when it may not. */
  enter<R>(tenant: string, operation: string, options: AcquireOptions, begin: Begin<T, R>): Promise<R> {
    throwIfAborted(options.signal, { source, operation })
    const usage = this.#usageOf(tenant)
    try {
      const now = this.#clock.monotonicNow()
      const until = this.#deadlineOf(options, now)
      // A time that is none is the pool's to refuse.
      if (Number.isNaN(until)) return begin({ ...options, tenant }, usage)
      const mustWait = this.#mustWait(usage)
      this.#requireRoom(usage, operation, mustWait)
      if (mustWait && until <= now) throw this.#usedUp(usage, operation, 0)
      this.#requireRate(usage, operation, now)
      return mustWait
        ? this.#wait(usage, operation, options, now, until, begin)
        : begin(options.tenant === tenant ? options : { ...options, tenant }, usage)
    } catch (error) {
      this.#forgetIfIdle(usage)
      throw error
    }
  }

  /** The lease that `take` gets at once, if the tenant may have one now. */
  tryEnter(tenant: string, take: () => Lease<T> | undefined): GatedLease<T> | undefined {
    const usage = this.#usageOf(tenant)
    try {
      const now = this.#clock.monotonicNow()
      if (this.#mustWait(usage) || usage.rateWaitMs(now) > 0) return undefined
      const lease = take()
      if (lease === undefined) return undefined
      usage.countAcquire(now)
      return this.grant(usage, lease)
    } finally {
      this.#forgetIfIdle(usage)
    }
  }

  /** Counts a lease that the pool has given. */
  grant(usage: TenantUsage<T>, lease: Lease<T>): GatedLease<T> {
    const gated = new GatedLease(lease, (ended) => {
      usage.leases.delete(ended)
      this.settle(usage)
    })
    usage.leases.add(gated)
    this.#boundary.admitted(usage.tenant)
    return gated
  }

  /** Told when a tenant has one less than before. */
  settle(usage: TenantUsage<T>): void {
    if (usage.queue.size > 0) {
      this.#readQuota(usage)
      this.#letOn(usage)
    }
    this.#forgetIfIdle(usage)
  }

  /** Takes leases off that the pool has taken away. */
  dropRevoked(): void {
    for (const usage of [...this.#usages.values()]) usage.dropRevoked()
  }

  /** Rejects everybody who waits here. */
  failAll(error: HoldfastError): void {
    for (const usage of [...this.#usages.values()]) for (const waiter of [...usage.queue]) waiter.fail(error)
  }

  /** Forgets everything, and lets no timer fire any more. */
  stop(): void {
    this.#isStopped = true
    this.#restTimer?.cancel()
    this.#restTimer = undefined
    this.#resting.clear()
    this.#usages.clear()
  }

  #usageOf(tenant: string): TenantUsage<T> {
    const known = this.#usages.get(tenant)
    const quota = this.#quotaOf(tenant)
    if (known !== undefined) {
      known.quota = quota
      this.#letOn(known)
      return known
    }
    const usage = new TenantUsage<T>(tenant, quota)
    this.#usages.set(tenant, usage)
    return usage
  }

  /** Reads the quota anew; one that cannot be read stays as it was. */
  #readQuota(usage: TenantUsage<T>): void {
    try {
      usage.quota = this.#quotaOf(usage.tenant)
    } catch {
      // The next acquire says so.
    }
  }

  #letOn(usage: TenantUsage<T>): void {
    for (const waiter of usage.queue) {
      if (usage.held >= usage.quota.maxLeases) return
      waiter.proceed()
    }
  }

  #mustWait(usage: TenantUsage<T>): boolean {
    if (usage.held >= usage.quota.maxLeases) usage.dropRevoked()
    return usage.queue.size > 0 || usage.held >= usage.quota.maxLeases
  }

  #requireRoom(usage: TenantUsage<T>, operation: string, mustWait: boolean): void {
    const { maxWaiting } = usage.quota
    if (usage.waiting < maxWaiting || (!mustWait && this.#isSomethingFree())) return
    const { tenant, leases, waiting } = usage
    const error = tooManyWaitingError(
      this.#boundary.name,
      operation,
      tenant,
      { leases: leases.size, waiting },
      maxWaiting,
    )
    throw this.#boundary.refused(tenant, error)
  }

  /** Whether there is a resource, or a place for a new one, for each who waits in the pool's line and one more. */
  #isSomethingFree(): boolean {
    const { waiting, idle, maxSize, size, leased, utilisation } = this.#statistics()
    // Leases that use nothing up are those of one resource for all.
    const isShared = leased > 0 && utilisation === 0
    return isShared ? waiting === 0 : waiting < idle + maxSize - size
  }

  #requireRate(usage: TenantUsage<T>, operation: string, now: number): void {
    const waitMs = usage.rateWaitMs(now)
    if (waitMs === 0) {
      usage.countAcquire(now)
      return
    }
    const { tenant, quota } = usage
    const error = tenantRateError(this.#boundary.name, operation, tenant, quota.acquiresPerSecond, waitMs)
    throw this.#boundary.refused(tenant, error)
  }

  #usedUp(usage: TenantUsage<T>, operation: string, waitedMs: number): HoldfastError {
    const { tenant, leases, waiting, quota } = usage
    const load = { leases: leases.size, waiting }
    const error = leasesUsedUpError(
      this.#boundary.name,
      operation,
      tenant,
      load,
      quota.maxLeases,
      Math.max(0, Math.round(waitedMs)),
    )
    return this.#boundary.refused(tenant, error)
  }

  /** When the caller stops waiting; NaN when it has given a time that is none. */
  #deadlineOf({ timeoutMs = this.#acquireTimeoutMs, deadline = never }: AcquireOptions, now: number): number {
    return timeoutMs >= 0 ? Math.min(now + timeoutMs, deadline, currentContext()?.deadline ?? never) : Number.NaN
  }

  #wait<R>(
    usage: TenantUsage<T>,
    operation: string,
    options: AcquireOptions,
    since: number,
    until: number,
    begin: Begin<T, R>,
  ): Promise<R> {
    const { signal } = options
    // Whoever gives a lease back lets it on: the context must be its own all the same.
    const inContext = AsyncLocalStorage.snapshot()
    return new Promise<R>((resolve, reject) => {
      const leave = (): void => {
        usage.queue.delete(waiter)
        waiter.timer?.cancel()
        signal?.removeEventListener('abort', onAbort)
        this.waiting -= 1
      }
      const waiter: QuotaWaiter = {
        timer: undefined,
        proceed: () => {
          leave()
          const timeoutMs = Math.max(0, until - this.#clock.monotonicNow())
          resolve(inContext(begin, { ...options, tenant: usage.tenant, timeoutMs }, usage))
          this.#tellIfNobodyWaits()
        },
        fail: (error) => {
          leave()
          reject(error)
          this.#forgetIfIdle(usage)
          this.#tellIfNobodyWaits()
        },
      }
      const onAbort = (): void => {
        if (signal !== undefined) waiter.fail(cancellationError(signal, { source, operation }))
      }
      const onTimeout = (): void => {
        waiter.fail(this.#usedUp(usage, operation, this.#clock.monotonicNow() - since))
      }
      // Kept alive: whoever waits is owed an answer, also when nothing else is left to do.
      if (until !== never) waiter.timer = this.#clock.setTimer(onTimeout, until - since, { keepAlive: true })
      signal?.addEventListener('abort', onAbort, { once: true })
      usage.queue.add(waiter)
      this.waiting += 1
    })
  }

  #tellIfNobodyWaits(): void {
    if (this.waiting === 0) this.#onNobodyWaits()
  }

  #forgetIfIdle(usage: TenantUsage<T>): void {
    if (!usage.isIdle) return
    const now = this.#clock.monotonicNow()
    const at = usage.rateFullAtMs(now)
    if (at <= now) this.#forget(usage)
    else if (!this.#isStopped) {
      this.#resting.add(usage)
      this.#restTimer ??= this.#clock.setTimer(this.#sweep, Math.max(restMs, at - now))
    }
  }

  #forget(usage: TenantUsage<T>): void {
    this.#resting.delete(usage)
    // There may be a newer one by then.
    if (this.#usages.get(usage.tenant) === usage) this.#usages.delete(usage.tenant)
  }

  /** Forgets those whose rate is as if they had never come. */
  readonly #sweep = (): void => {
    this.#restTimer = undefined
    const now = this.#clock.monotonicNow()
    let next = never
    for (const usage of this.#resting) {
      const at = usage.rateFullAtMs(now)
      if (!usage.isIdle) this.#resting.delete(usage)
      else if (at <= now) this.#forget(usage)
      else next = Math.min(next, at)
    }
    if (next !== never) this.#restTimer = this.#clock.setTimer(this.#sweep, Math.max(restMs, next - now))
  }
}

const never = Number.POSITIVE_INFINITY
