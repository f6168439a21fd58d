import { cancellationError, type HoldfastError, type Timer } from '@holdfast/contracts'
import { AbortGroups } from './abort-groups.ts'
import type { CoarseClock } from './coarse-clock.ts'
import type { PoolSettings } from './create-pool-options.ts'
import type { LeaseSite } from './lease-site.ts'
import { source } from './pool-errors.ts'
import type { PoolLease } from './pool-lease.ts'
import type { TenantQueue } from './tenant-queue.ts'
import { TenantTurns } from './tenant-turns.ts'
import { Waiter } from './waiter.ts'

/** Waiters looked at in one sweep for each millisecond until the next: ten thousand are looked at every ten. */
const sweptPerMs = 1000

/** What the line asks of its pool. */
export interface WaitingLineHost {
  /** How many wait; the line writes it. */
  waiting: number
  /** The error of one whose deadline has passed. */
  timeoutError(waitedMs: number): HoldfastError
  /** Told of each that left without a lease, before it is. */
  onFailed(error: HoldfastError, waitedMs: number, tenant: string | undefined, site: LeaseSite | undefined): void
  /** Told after some have left without a lease. */
  onChanged(): void
}

/**
 * Those who wait for a lease. None has a timer: the earliest deadline has, and only once somebody has waited for longer than
 * a tick of the clock.
 */
export class WaitingLine<T> {
  readonly turns: TenantTurns<T>
  readonly #groups: AbortGroups<T>
  readonly #settings: PoolSettings
  readonly #clock: CoarseClock
  readonly #host: WaitingLineHost
  /** No deadline of those who wait is earlier. */
  #earliest = Number.POSITIVE_INFINITY
  #timer: Timer | undefined
  /** When the timer fires. */
  #armedFor = Number.POSITIVE_INFINITY
  /** When the next sweep may be. */
  #nextSweepAt = 0

  constructor(settings: PoolSettings, clock: CoarseClock, host: WaitingLineHost) {
    this.#settings = settings
    this.#clock = clock
    this.#host = host
    this.turns = new TenantTurns(settings.tenantWeight)
    this.#groups = new AbortGroups((signal, waiters) => {
      this.#failAll(waiters, cancellationError(signal, { source, operation: 'acquire' }))
    })
  }

  /** Puts a caller at the end of its tenant's queue. `hasMoment`: the deadline was given as a moment. */
  join(
    since: number,
    deadline: number,
    tenant: string | undefined,
    hasMoment: boolean,
    signal: AbortSignal | undefined,
    site: LeaseSite | undefined,
  ): Promise<PoolLease<T>> {
    const waiter = new Waiter(since, deadline, this.turns.queueOf(tenant))
    if (hasMoment || signal !== undefined || site !== undefined) {
      const group = signal === undefined ? undefined : this.#groups.join(waiter, signal)
      waiter.extras = { group, site, hasMoment }
    }
    this.turns.push(waiter)
    this.#host.waiting = this.turns.length
    if (deadline < this.#earliest) this.#earliest = deadline
    return new Promise((resolve, reject) => {
      waiter.resolve = resolve
      waiter.reject = reject
    })
  }

  /** Removes the one whose turn it is, to be given a lease. */
  shift(): Waiter<T> | undefined {
    return this.#removed(this.turns.shift())
  }

  /** Removes the first of one tenant, in turn or not, to be given a lease. */
  shiftFrom(queue: TenantQueue<T>, maxDebt: number): Waiter<T> | undefined {
    return this.#removed(this.turns.shiftFrom(queue, maxDebt))
  }

  /** Rejects everybody. */
  failAll(error: HoldfastError): void {
    this.#failAll([...this.turns], error)
  }

  /** Told when the pool's clock drops a reading: those who came at it were stamped up to `lagMs` too early. */
  onTick(reading: number, lagMs: number): void {
    if (this.turns.length === 0) return
    if (lagMs > 0) this.#postpone(reading, lagMs)
    const dueAt = Math.max(this.#earliest, this.#nextSweepAt)
    if (dueAt < this.#armedFor) this.#arm(dueAt)
  }

  #removed(waiter: Waiter<T> | undefined): Waiter<T> | undefined {
    this.#host.waiting = this.turns.length
    if (waiter?.extras !== undefined) this.#groups.leave(waiter)
    if (this.turns.length === 0 && this.#timer !== undefined) this.#disarm()
    return waiter
  }

  #postpone(reading: number, lagMs: number): void {
    for (const queue of this.turns.queues()) {
      queue.visitNewest((waiter) => {
        if (waiter.since !== reading) return false
        if (waiter.extras?.hasMoment !== true) waiter.deadline += lagMs
        return true
      })
    }
  }

  #arm(deadline: number): void {
    this.#timer?.cancel()
    this.#armedFor = deadline
    // Kept alive: whoever waits is owed an answer, also when nothing else is left to do.
    this.#timer = this.#settings.clock.setTimer(this.#sweep, Math.max(0, deadline - this.#clock.exact()), {
      keepAlive: true,
    })
  }

  /** Nobody waits any more. */
  #disarm(): void {
    this.turns.forgetEmpty()
    this.#timer?.cancel()
    this.#timer = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
    this.#earliest = Number.POSITIVE_INFINITY
  }

  /** Rejects those whose deadline has passed, and arms the timer for the next. */
  readonly #sweep = (): void => {
    this.#timer = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
    // Deadlines that were counted from a reading that is being dropped have to be put right first.
    this.#clock.tick()
    const now = this.#clock.exact()
    const due: Waiter<T>[] = []
    let earliest = Number.POSITIVE_INFINITY
    for (const waiter of this.turns) {
      if (waiter.deadline <= now) due.push(waiter)
      else if (waiter.deadline < earliest) earliest = waiter.deadline
    }
    this.#earliest = earliest
    for (const waiter of due) this.#fail(waiter, () => this.#host.timeoutError(now - waiter.since))
    const { length } = this.turns
    this.#nextSweepAt = now + Math.max(1, length / sweptPerMs)
    if (length === 0) this.#disarm()
    else this.#arm(Math.max(this.#earliest, this.#nextSweepAt))
    if (due.length > 0) this.#host.onChanged()
  }

  #failAll(waiters: readonly Waiter<T>[], error: HoldfastError): void {
    for (const waiter of waiters) this.#fail(waiter, () => error)
    if (this.turns.length === 0) this.#disarm()
    if (waiters.length > 0) this.#host.onChanged()
  }

  #fail(waiter: Waiter<T>, describe: () => HoldfastError): void {
    if (waiter.hasLeft) return
    this.turns.leave(waiter)
    this.#host.waiting = this.turns.length
    this.#groups.leave(waiter)
    const error = describe()
    this.#host.onFailed(error, this.#clock.exact() - waiter.since, waiter.queue.tenant, waiter.extras?.site)
    waiter.reject(error)
  }
}
