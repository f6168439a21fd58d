import type { Timer } from '@holdfast/contracts'
import type { GatedLease } from './gated-lease.ts'
import type { FullQuota } from './tenant-quota.ts'
import { TokenBucket } from './token-bucket.ts'

/** A caller that waits for one of its own tenant's leases to come back. */
export interface QuotaWaiter {
  /** Lets it on to the pool. */
  proceed(): void
  fail(error: unknown): void
  timer: Timer | undefined
}

/** What a gate knows of one tenant while it has or wants something. */
export class TenantUsage<T> {
  readonly tenant: string
  quota: FullQuota
  /** Calls that are in the pool's line. */
  inLine = 0
  readonly leases = new Set<GatedLease<T>>()
  /** Those who wait for one of its leases to come back, in the order in which they came. */
  readonly queue = new Set<QuotaWaiter>()
  #bucket: TokenBucket | undefined

  constructor(tenant: string, quota: FullQuota) {
    this.tenant = tenant
    this.quota = quota
  }

  /** What counts against its leases: those that are out and those that will be. */
  get held(): number {
    return this.leases.size + this.inLine
  }

  get waiting(): number {
    return this.queue.size + this.inLine
  }

  /** How long until the rate lets it acquire again; 0: now. */
  rateWaitMs(now: number): number {
    const { acquiresPerSecond } = this.quota
    if (acquiresPerSecond === Number.POSITIVE_INFINITY) {
      this.#bucket = undefined
      return 0
    }
    this.#bucket ??= new TokenBucket(acquiresPerSecond, now)
    this.#bucket.setRate(acquiresPerSecond, now)
    return this.#bucket.waitMs(now)
  }

  /** Counts an acquire against the rate. */
  countAcquire(now: number): void {
    this.#bucket?.take(now)
  }

  /** Whether it has nothing and wants nothing. */
  get isIdle(): boolean {
    return this.held + this.queue.size === 0
  }

  /** From when on its rate is as if it had never acquired anything. */
  rateFullAtMs(now: number): number {
    return this.#bucket === undefined ? now : this.#bucket.fullAtMs(now)
  }

  /** Takes leases off that the pool has taken away. */
  dropRevoked(): void {
    for (const lease of [...this.leases]) if (lease.isRevoked) lease.end()
  }
}
