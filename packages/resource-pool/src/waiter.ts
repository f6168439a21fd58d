import type { HoldfastError } from '@holdfast/contracts'
import type { AbortGroup } from './abort-groups.ts'
import type { LeaseSite } from './lease-site.ts'
import type { PoolLease } from './pool-lease.ts'
import type { TenantQueue } from './tenant-queue.ts'

/** What only some of those who wait have, so that the others need not carry it. */
export interface WaiterExtras<T> {
  /** Who waits with the same signal. */
  readonly group: AbortGroup<T> | undefined
  /** Where it asked, if the pool looks for leaks. */
  readonly site: LeaseSite | undefined
  /** Whether the deadline was given as a moment. Otherwise it was counted from `since`, which may be a turn of the event loop old. */
  readonly hasMoment: boolean
}

/** A caller that waits for a lease. Times are those of the pool's clock. */
export class Waiter<T> {
  resolve: (lease: PoolLease<T>) => void = ignore
  reject: (error: HoldfastError) => void = ignore
  readonly since: number
  /** The one moment at which it stops waiting, whatever happens to the resources meanwhile. */
  deadline: number
  readonly queue: TenantQueue<T>
  /** Whether it has left the queue, where it may still be seen. */
  hasLeft = false
  extras: WaiterExtras<T> | undefined = undefined

  constructor(since: number, deadline: number, queue: TenantQueue<T>) {
    this.since = since
    this.deadline = deadline
    this.queue = queue
  }
}

const ignore = (): void => {}
