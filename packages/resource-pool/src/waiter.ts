import type { HoldfastError } from '@holdfast/contracts'
import type { AbortGroup } from './abort-groups.ts'
import type { LeaseSite } from './lease-site.ts'
import type { PoolLease } from './pool-lease.ts'
import type { TenantQueue } from './tenant-queue.ts'

/** A caller that waits for a lease. Times are those of the pool's clock. */
export class Waiter<T> {
  readonly resolve: (lease: PoolLease<T>) => void
  readonly reject: (error: HoldfastError) => void
  readonly since: number
  /** The one moment at which it stops waiting, whatever happens to the resources meanwhile. */
  deadline: number
  /** Whether the deadline was counted from `since`, which may be a turn of the event loop old, and not given as a moment. */
  readonly isRelative: boolean
  readonly queue: TenantQueue<T>
  group: AbortGroup<T> | undefined = undefined
  /** Where it asked, if the pool looks for leaks. */
  readonly site: LeaseSite | undefined
  /** Whether it has left the queue, where it may still be seen. */
  hasLeft = false

  constructor(
    resolve: (lease: PoolLease<T>) => void,
    reject: (error: HoldfastError) => void,
    since: number,
    deadline: number,
    isRelative: boolean,
    queue: TenantQueue<T>,
    site: LeaseSite | undefined,
  ) {
    this.resolve = resolve
    this.reject = reject
    this.since = since
    this.deadline = deadline
    this.isRelative = isRelative
    this.queue = queue
    this.site = site
  }
}
