import { cancellationError, type HoldfastError } from '@holdfast/contracts'
import { currentContext, type HoldfastContext } from '@holdfast/contracts/context'
import type { AcquireOptions, DestroyCause, ResourceAdapter, ResourceInstance } from '@holdfast/contracts/resources'
import { acquireTimeProblem } from './acquire-time-problem.ts'
import { careForLeaks } from './care-for-leaks.ts'
import { CoarseClock } from './coarse-clock.ts'
import type { PoolSettings } from './create-pool-options.ts'
import { describeSlot } from './describe-slot.ts'
import { EpochDrains } from './epoch-drains.ts'
import type { IdleSlots } from './idle-slots.ts'
import { LeaseSite } from './lease-site.ts'
import { LoadWindow } from './load-window.ts'
import { PoolCounts } from './pool-counts.ts'
import { acquireTimeoutError, closedError, exhaustedError, source } from './pool-errors.ts'
import { poolGauges } from './pool-gauges.ts'
import { PoolLease } from './pool-lease.ts'
import { PoolReporter } from './pool-reporter.ts'
import { recommendSize } from './recommend-size.ts'
import type { CreateFailure } from './resource-creator.ts'
import { revokeBefore } from './revoke-before.ts'
import { type Slot, unsure } from './slot.ts'
import { Stock, type StockHost } from './stock.ts'
import { notDue, Upkeep } from './upkeep.ts'
import { WaitingLine, type WaitingLineHost } from './waiting-line.ts'

/** Leases and those who wait for them, in front of the stock of resources. The path of an acquire that finds one is written by hand. */
export class PoolCore<T> implements StockHost<T>, WaitingLineHost {
  readonly name: string
  readonly type: string
  readonly settings: PoolSettings
  readonly clock: CoarseClock
  readonly counts = new PoolCounts()
  readonly window: LoadWindow
  readonly reporter: PoolReporter
  readonly line: WaitingLine<T>
  readonly stock: Stock<T>
  readonly drains: EpochDrains
  leased = 0
  peakLeased = 0
  /** Written by the line. */
  waiting = 0
  /** Whether nothing has to be thought of but the slots themselves: nobody watches, nothing is reset, the pool is open and as large as it should be. */
  isQuick = false
  /** Told whenever a draining or closed pool may have come to rest, and whenever a resource was made or could not be. */
  readonly watchers = new Set<(failure?: CreateFailure) => void>()
  // Of the stock, and here again: the quick path has no step to spare.
  readonly #idle: IdleSlots<T>
  readonly #idleCare: Upkeep
  readonly #leakCare: Upkeep
  readonly #findsLeaks: boolean

  constructor(adapter: ResourceAdapter<T>, settings: PoolSettings) {
    this.name = settings.name
    this.type = adapter.name
    this.settings = settings
    this.#findsLeaks = settings.leakDetectionMs !== never
    this.window = new LoadWindow((now) => ({
      acquisitions: this.acquisitions,
      waited: this.counts.waited,
      heldMs: this.counts.holdTime.totalMs + this.#stillHeldMs(now),
    }))
    this.clock = new CoarseClock(settings.clock, (reading, lagMs) => {
      this.window.roll(reading)
      this.line.onTick(reading, lagMs)
    })
    this.line = new WaitingLine(settings, this.clock, this)
    const readings = {
      gauges: () => poolGauges(this),
      recommendedSize: () => recommendSize(this.window.read(this.clock.now()), this.stock.maxSize).size,
      tenantsOfLeases: () => this.#tenantsOfLeases(),
    }
    this.reporter = new PoolReporter(settings, adapter.name, readings, this.reconsider)
    this.stock = new Stock(adapter, this)
    this.drains = new EpochDrains({
      clock: settings.clock,
      hasBefore: (epoch) => this.stock.hasBefore(epoch),
      revokeBefore: (epoch) => revokeBefore(this, epoch),
      onDrained: (epoch, drainMs, forced) => this.reporter.epochDrained(epoch, drainMs, forced),
    })
    this.#idle = this.stock.idle
    this.#idleCare = this.stock.care
    this.#leakCare = new Upkeep(settings.clock, this.clock, (now) => careForLeaks(this, now))
    this.reconsider()
  }

  /** Leases given out. Counted where they are: each slot knows its own. */
  get acquisitions(): number {
    return this.stock.slots.reduce((sum, { uses }) => sum + uses, this.stock.usesOfRemoved)
  }

  /** `above` is the function whose caller is shown when the lease leaks. */
  acquire(options: AcquireOptions | undefined, above: Caller): Promise<PoolLease<T>> {
    const lease = this.acquireNow(options, above)
    return lease === undefined ? this.#wait(options, above) : Promise.resolve(lease)
  }

  /** A lease if a resource is free that needs no check and nobody waits. */
  acquireNow(options: AcquireOptions | undefined, above: Caller): PoolLease<T> | undefined {
    if (options !== undefined && options.signal?.aborted === true) return undefined
    const now = this.clock.reading >= 0 ? this.clock.reading : this.clock.now()
    const idle = this.#idle
    const slot = idle.first
    if (slot === undefined || this.waiting > 0) return undefined
    if (now >= slot.readyUntil || now >= slot.retireAt) return this.#acquireWithCare(options?.tenant, now, above)
    idle.first = slot.next
    slot.tenant = options?.tenant
    return this.#lease(slot, now)
  }

  tryAcquire(tenant: string | undefined, above: Caller): PoolLease<T> | undefined {
    const lease = this.acquireNow(tenant === undefined ? undefined : { tenant }, above)
    if (lease === undefined) this.#prepareOne(tenant)
    return lease
  }

  giveBack(slot: Slot<T>): void {
    const now = this.clock.reading >= 0 ? this.clock.reading : this.clock.now()
    slot.turn += 1
    this.leased -= 1
    const heldMs = now - slot.since
    // Leases that ended within the millisecond need not be counted: their number is what the others leave.
    if (heldMs !== 0) {
      this.counts.holdTime.record(heldMs)
      slot.since = now
    }
    const { stock } = this
    const { retireAt } = slot
    if (!this.isQuick || now >= retireAt) {
      this.#giveBackWithCare(slot, now, heldMs)
      return
    }
    if (this.waiting > 0) {
      this.serve(slot, now)
      return
    }
    slot.readyUntil = now + stock.readyMs
    const idle = this.#idle
    slot.next = idle.first
    idle.first = slot
    const { dueAt } = this.#idleCare
    if (dueAt === notDue || retireAt < dueAt || now + stock.quietMs < dueAt) stock.expectCare(slot)
  }

  giveBackUnsure(slot: Slot<T>): void {
    if (!this.stock.calls.canValidate) {
      this.giveBack(slot)
      return
    }
    slot.goodAt = unsure
    const { now, heldMs } = this.#endLease(slot)
    this.#giveBackWithCare(slot, now, heldMs)
  }

  breakUp(slot: Slot<T>): void {
    this.#forgetUser(slot, this.#endLease(slot).heldMs)
    this.stock.retire(slot, slot.doom ?? 'broken')
    this.stock.supply()
    if (this.stock.state !== 'open') this.onChanged()
  }

  /** Takes a lease away from its user and ends the resource. */
  revoke(slot: Slot<T>, cause: DestroyCause, message: string): void {
    const { onRevoked } = slot
    this.#forgetUser(slot, this.#endLease(slot).heldMs)
    this.stock.retire(slot, cause)
    onRevoked?.(message)
  }

  serve(slot: Slot<T>, now: number): boolean {
    const waiter = this.isQuick || this.stock.rules === undefined ? this.line.shift() : this.stock.rules.next(slot)
    if (waiter === undefined) return false
    const waitedMs = now - waiter.since
    this.counts.waited += 1
    if (waitedMs !== 0) this.counts.waitTime.record(waitedMs)
    slot.tenant = waiter.queue.tenant
    waiter.resolve(
      this.isQuick ? this.#lease(slot, now) : this.#leaseWithCare(slot, now, waitedMs, waiter.extras?.site),
    )
    return true
  }

  onHopeless(error: HoldfastError): void {
    this.line.failAll(error)
  }

  onChanged(failure?: CreateFailure): void {
    this.reconsider()
    this.drains.check()
    if (this.watchers.size > 0) for (const watcher of [...this.watchers]) watcher(failure)
  }

  describe(slot: Slot<T>): ResourceInstance {
    return describeSlot(slot, this.clock, this.settings.clock)
  }

  oldestLeaseMs(now: number): number {
    let oldest = 0
    for (const slot of this.stock.slots) if (slot.isLeased) oldest = Math.max(oldest, now - slot.since)
    return oldest
  }

  /** Lets no timer fire any more. */
  stop(): void {
    this.#leakCare.stop()
    this.drains.stop()
    this.stock.stop()
    this.clock.stop()
  }

  /** Decides anew whether the quick path may be taken; told whenever something has changed that it depends on. */
  readonly reconsider = (): void => {
    const { stock, settings } = this
    const isQuick =
      stock.state === 'open' &&
      stock.live <= stock.maxSize &&
      stock.minIdle === 0 &&
      stock.validateAfterMs > 0 &&
      settings.order === 'lifo' &&
      settings.maxUses === never &&
      !stock.calls.canReset &&
      stock.rules === undefined &&
      !this.#findsLeaks &&
      !this.reporter.watchesLeases
    if (isQuick === this.isQuick) return
    this.isQuick = isQuick
    for (const slot of stock.idle) stock.markReady(slot)
  }

  /** Has a resource checked or made for who comes again. Throws CLOSED. */
  #prepareOne(tenant: string | undefined): void {
    const { stock } = this
    if (stock.state !== 'open') throw closedError(this.name, 'tryAcquire', stock.state)
    stock.isStarted = true
    if (this.waiting === 0) stock.supply(1, tenant ?? currentContext()?.tenant)
  }

  #site(above: Caller): LeaseSite | undefined {
    if (above instanceof LeaseSite) return above
    return this.#findsLeaks ? new LeaseSite(above) : undefined
  }

  #lease(slot: Slot<T>, now: number): PoolLease<T> {
    const turn = slot.turn + 1
    slot.turn = turn
    slot.since = now
    const leased = this.leased + 1
    this.leased = leased
    if (leased > this.peakLeased) this.peakLeased = leased
    return new PoolLease(slot, turn)
  }

  #leaseWithCare(slot: Slot<T>, now: number, waitedMs: number | undefined, site: LeaseSite | undefined): PoolLease<T> {
    const lease = this.#lease(slot, now)
    this.stock.rules?.began(slot)
    slot.site = site
    if (site !== undefined) this.#leakCare.expect(now + this.settings.leakDetectionMs)
    if (this.reporter.watchesLeases && site?.isOfCheck !== true) this.reporter.acquired(slot, waitedMs)
    return lease
  }

  #acquireWithCare(tenant: string | undefined, now: number, above: Caller): PoolLease<T> | undefined {
    const user = this.stock.rules === undefined ? tenant : (tenant ?? currentContext()?.tenant)
    const slot = this.stock.state === 'open' ? this.stock.takeReady(now, user) : undefined
    if (slot === undefined) return undefined
    slot.tenant = user
    const lease = this.#leaseWithCare(slot, now, undefined, this.#site(above))
    if (this.stock.minIdle > 0) this.stock.supply()
    return lease
  }

  #endLease(slot: Slot<T>): { readonly now: number; readonly heldMs: number } {
    const now = this.clock.now()
    const heldMs = now - slot.since
    slot.turn += 1
    this.leased -= 1
    slot.since = now
    if (heldMs !== 0) this.counts.holdTime.record(heldMs)
    return { now, heldMs }
  }

  #giveBackWithCare(slot: Slot<T>, now: number, heldMs: number): void {
    this.#forgetUser(slot, heldMs)
    this.stock.takeBack(slot, now)
    if (this.stock.state !== 'open') this.onChanged()
  }

  #forgetUser(slot: Slot<T>, heldMs: number): void {
    this.stock.rules?.ended(slot)
    const isOfCheck = slot.site?.isOfCheck === true
    slot.onRevoked = undefined
    slot.site = undefined
    slot.performance?.observe(heldMs)
    if (this.reporter.watchesLeases && !isOfCheck) this.reporter.released(slot, heldMs)
  }

  *#tenantsOfLeases(): Generator<string | undefined> {
    for (const slot of this.stock.slots) if (slot.isLeased) yield slot.tenant
  }

  #stillHeldMs(now: number): number {
    let sum = 0
    for (const slot of this.stock.slots) if (slot.isLeased) sum += now - slot.since
    return sum
  }

  #wait(options: AcquireOptions | undefined, above: Caller): Promise<PoolLease<T>> {
    const context = currentContext()
    const { acquireTimeoutMs, maxWaiting } = this.settings
    const isPlain = options === undefined && context === undefined && acquireTimeoutMs > 0
    if (!isPlain || this.stock.state !== 'open' || this.waiting >= maxWaiting) {
      return this.#waitWith(options ?? {}, context, above)
    }
    const now = this.clock.now()
    return this.#supplied(this.line.join(now, now + acquireTimeoutMs, undefined, false, undefined, this.#site(above)))
  }

  #waitWith(options: AcquireOptions, context: HoldfastContext | undefined, above: Caller): Promise<PoolLease<T>> {
    const { timeoutMs = this.settings.acquireTimeoutMs, tenant = context?.tenant, signal } = options
    const given = Math.min(options.deadline ?? never, context?.deadline ?? never)
    const deadline = given === never ? never : this.clock.fromMonotonic(given)
    const refusal = this.#refusal(timeoutMs, deadline, { signal, tenant })
    if (refusal !== undefined) {
      this.onFailed(refusal, 0, tenant, above instanceof LeaseSite ? above : undefined)
      return Promise.reject(refusal)
    }
    const now = this.clock.now()
    const own = now + timeoutMs
    return this.#supplied(
      this.line.join(now, Math.min(own, deadline), tenant, deadline < own, signal, this.#site(above)),
    )
  }

  /** Sees to it that there will be a resource for who has just joined the line. */
  #supplied(promise: Promise<PoolLease<T>>): Promise<PoolLease<T>> {
    const { stock, counts } = this
    stock.isStarted = true
    if (this.waiting > counts.peakWaiting) counts.peakWaiting = this.waiting
    if (stock.canSupply) stock.supply()
    return promise
  }

  /** Why a caller cannot even wait. */
  #refusal(timeoutMs: number, deadline: number, { signal, tenant }: AcquireOptions): HoldfastError | undefined {
    const { state } = this.stock
    if (state !== 'open') return closedError(this.name, 'acquire', state)
    if (signal?.aborted) return cancellationError(signal, { source, operation: 'acquire' })
    if (!(timeoutMs >= 0) || Number.isNaN(deadline)) return acquireTimeProblem(timeoutMs, deadline)
    if (timeoutMs === 0 || (deadline !== never && deadline <= this.clock.exact())) {
      this.stock.isStarted = true
      this.stock.supply(1, tenant)
      return this.timeoutError(0)
    }
    return this.waiting < this.settings.maxWaiting ? undefined : exhaustedError(this.name, this.waiting, this.leased)
  }

  timeoutError(waitedMs: number): HoldfastError {
    const { lastError } = this.stock.creator
    const details = {
      waitedMs: Math.max(0, Math.round(waitedMs)),
      inUse: this.leased,
      waiting: this.waiting,
      oldestLeaseMs: this.oldestLeaseMs(this.clock.now()),
      lastCreateErrorCode: lastError?.code,
    }
    return acquireTimeoutError(this.name, details, lastError)
  }

  onFailed(error: HoldfastError, waitedMs: number, tenant: string | undefined, site: LeaseSite | undefined): void {
    if (site?.isOfCheck) return
    if (error.code === 'TIMEOUT') this.counts.timeouts += 1
    else if (error.code === 'CANCELLED') this.counts.cancellations += 1
    else if (error.code === 'RESOURCE_EXHAUSTED') this.counts.exhaustions += 1
    this.reporter.acquireFailed(error, Math.max(0, waitedMs), tenant)
  }
}

const never = Number.POSITIVE_INFINITY

/** The function whose caller acquires, or where that is already known. */
type Caller = ((...args: never[]) => unknown) | LeaseSite
