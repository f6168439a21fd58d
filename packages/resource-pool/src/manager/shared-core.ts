import type { HoldfastError, Timer } from '@holdfast/contracts'
import type { DestroyCause, LeaseReport, ResourceAdapter } from '@holdfast/contracts/resources'
import { AdapterCalls, type Made } from '../adapter-calls.ts'
import type { PoolSettings } from '../create-pool-options.ts'
import { EpochDrains } from '../epoch-drains.ts'
import { PoolCounts } from '../pool-counts.ts'
import { outlivedMessage } from '../pool-errors.ts'
import { PoolReporter } from '../pool-reporter.ts'
import { type CreateFailure, ResourceCreator } from '../resource-creator.ts'
import { SharedHolder, type SharedLease, type SharedOwner } from './shared-holder.ts'
import { sharedStatistics } from './shared-statistics.ts'

/** The part of a credential's life in which another resource is made beforehand. */
const earlyShare = 0.1
/** Credentials that have expired already must not make resources without end: each lives for this long, in milliseconds. */
const shortestLifeMs = 1000

/** A caller that waits until there is a resource. */
export interface SharedWaiter<T> {
  readonly since: number
  readonly tenant: string | undefined
  resolve(lease: SharedLease<T>): void
  reject(error: HoldfastError): void
}

/** The one resource, the one that it takes the place of, and those who wait for the first. */
export class SharedCore<T> implements SharedOwner<T> {
  readonly name: string
  readonly settings: PoolSettings
  readonly clock: PoolSettings['clock']
  readonly counts = new PoolCounts()
  readonly reporter: PoolReporter
  readonly calls: AdapterCalls<T>
  readonly creator: ResourceCreator<T>
  readonly drains: EpochDrains
  readonly waiters = new Set<SharedWaiter<T>>()
  /** Told whenever something was made, ended, or came back. */
  readonly watchers = new Set<(failure?: CreateFailure) => void>()
  state: 'open' | 'draining' | 'closed' = 'open'
  epoch = 1
  /** Whether there is always one: from the start or the first use on. */
  isStarted = false
  /** The one that everybody gets. */
  current: SharedHolder<T> | undefined
  /** Those that end when their last lease is back. */
  readonly ending = new Set<SharedHolder<T>>()
  acquisitions = 0
  peakLeased = 0
  #lateDestroys = 0
  #numbers = 0
  #timer: Timer | undefined

  constructor(adapter: ResourceAdapter<T>, settings: PoolSettings) {
    this.name = settings.name
    this.settings = settings
    this.clock = settings.clock
    const readings = {
      gauges: () => sharedStatistics(this),
      recommendedSize: () => 1,
      tenantsOfLeases: () => this.leases().map(({ tenant }) => tenant),
    }
    this.reporter = new PoolReporter(settings, adapter.name, readings, () => {})
    this.calls = new AdapterCalls(adapter, settings)
    this.creator = new ResourceCreator(this.calls, settings, {
      onCreated: (made, epoch, durationMs) => this.#adopt(made, epoch, durationMs),
      onLate: (resource) => this.#destroyLate(resource),
      onFailed: (failure) => this.#onFailed(failure),
      onReady: () => this.supply(),
    })
    this.drains = new EpochDrains({
      clock: this.clock,
      hasBefore: (epoch) => this.creator.outdated > 0 || this.holders().some((holder) => holder.epoch < epoch),
      revokeBefore: (epoch) => this.#revokeBefore(epoch),
      onDrained: (epoch, drainMs, forced) => this.reporter.epochDrained(epoch, drainMs, forced),
    })
  }

  /** Every resource there is, the one that everybody gets last. */
  holders(): readonly SharedHolder<T>[] {
    return this.current === undefined ? [...this.ending] : [...this.ending, this.current]
  }

  /** Every lease that is out. */
  leases(): readonly SharedLease<T>[] {
    return this.holders().flatMap(({ leases }) => [...leases])
  }

  get leased(): number {
    return this.holders().reduce((sum, { leases }) => sum + leases.size, 0)
  }

  get waiting(): number {
    return this.waiters.size
  }

  /** Whether there is nothing left, nor anything under way. */
  get isEmpty(): boolean {
    return this.holders().length + this.creator.running + this.#lateDestroys === 0
  }

  /** A lease, if there is a resource that may be given out. */
  lease(tenant: string | undefined, waitedMs?: number): SharedLease<T> | undefined {
    const holder = this.current
    if (holder === undefined) return undefined
    const now = this.clock.monotonicNow()
    if (now >= holder.endsAt && holder.uses > 0) {
      this.retire(holder, 'lifetime')
      return undefined
    }
    const lease = holder.lend(tenant, now)
    this.acquisitions += 1
    this.peakLeased = Math.max(this.peakLeased, this.leased)
    if (this.reporter.watchesLeases) this.reporter.acquired({ ...told(holder), tenant }, waitedMs)
    return lease
  }

  onEnded(
    { holder, since, tenant }: SharedLease<T>,
    how: { readonly isBroken?: boolean; readonly isUnsure?: boolean },
  ): void {
    const now = this.clock.monotonicNow()
    holder.lastUsedAt = now
    this.counts.holdTime.record(Math.floor(now - since))
    if (this.reporter.watchesLeases) this.reporter.released({ ...told(holder), tenant }, now - since)
    if (how.isBroken) this.retire(holder, 'broken')
    else if (holder.doom !== undefined) this.#endIfUnused(holder)
    else if (how.isUnsure && now - holder.goodAt >= this.settings.validateIdleLongerThanMs) this.validate(holder)
    this.onChanged()
  }

  /** Gives it to nobody any more, and ends it when its last lease is back. */
  retire(holder: SharedHolder<T>, cause: DestroyCause): void {
    if (holder.doom !== undefined) return
    holder.doom = cause
    if (this.current === holder) this.current = undefined
    this.ending.add(holder)
    this.#endIfUnused(holder)
    this.supply()
  }

  /** Makes what is missing: the first, or one in place of the one there is. */
  supply(): void {
    if (this.state === 'closed') return
    const { current, creator } = this
    const now = this.clock.monotonicNow()
    const isWanted = current === undefined ? this.waiting > 0 || this.#keepsOne : now >= current.dueAt && this.#keepsOne
    if (!isWanted || creator.running > creator.outdated || !creator.isReady) return
    if (this.holders().length + creator.running < 2) creator.start(this.epoch)
    // A third there never is. The one that was replaced first has had its time when nobody could get anything otherwise.
    else if (current === undefined) this.#takeAway()
  }

  /** Has it checked while others go on using it. */
  validate(holder: SharedHolder<T>): void {
    if (!this.calls.canValidate || holder.isValidating || holder.doom !== undefined) return
    holder.isValidating = true
    this.calls.validate(holder).then((works) => {
      holder.isValidating = false
      if (works) holder.goodAt = this.clock.monotonicNow()
      else this.retire(holder, 'invalid')
      this.look()
      this.onChanged()
    })
  }

  /** Does what is due, and sets a timer for the next. */
  readonly look = (): void => {
    this.#timer?.cancel()
    this.#timer = undefined
    const { current, settings } = this
    if (current === undefined || this.state === 'closed') return
    const now = this.clock.monotonicNow()
    const checkAt = this.calls.canValidate ? current.goodAt + settings.keepAliveMs : never
    if (now >= current.endsAt && current.uses > 0) {
      this.retire(current, 'lifetime')
      return
    }
    if (now >= checkAt) this.validate(current)
    if (now >= current.dueAt) this.supply()
    const moments = [current.isValidating ? never : checkAt, current.dueAt, current.endsAt].filter((at) => at > now)
    const next = Math.min(never, ...moments)
    if (next !== never) this.#timer = this.clock.setTimer(this.look, next - now)
  }

  advanceEpoch(): number {
    this.epoch += 1
    this.creator.renew()
    if (this.current !== undefined) this.retire(this.current, 'epoch')
    this.supply()
    return this.epoch
  }

  /** Turns everybody away who waits. */
  failAll(error: HoldfastError): void {
    for (const waiter of [...this.waiters]) waiter.reject(error)
  }

  /** Takes the lease away, tells of it, and answers it. */
  revoke(lease: SharedLease<T>, message: (report: LeaseReport) => string): LeaseReport {
    const report = lease.report(this.clock.monotonicNow())
    lease.revoke(message(report))
    return report
  }

  onChanged(failure?: CreateFailure): void {
    this.drains.check()
    for (const watcher of [...this.watchers]) watcher(failure)
  }

  /** Lets no timer fire any more. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.drains.stop()
    this.creator.stop()
  }

  get #keepsOne(): boolean {
    return this.isStarted && this.state === 'open'
  }

  #revokeBefore(epoch: number): LeaseReport[] {
    return this.leases().flatMap((lease) => {
      if (lease.holder.epoch >= epoch) return []
      const report = this.revoke(lease, (outlived) => outlivedMessage(this.name, outlived))
      this.counts.revocations += 1
      this.reporter.revoked(report, lease.holder.epoch)
      return [report]
    })
  }

  /** Ends the resource that was replaced first, whoever still has it. */
  #takeAway(): void {
    const [oldest, ...others] = this.ending
    // What is being destroyed makes room in any case, and so does what is being made and will not be used.
    if (oldest === undefined || others.length === 0 || others.some(({ isDestroying }) => isDestroying)) return
    for (const lease of [...oldest.leases]) {
      const report = this.revoke(lease, ({ heldMs }) => outgrownMessage(this.name, heldMs))
      this.counts.revocations += 1
      this.reporter.revoked(report, oldest.epoch)
    }
  }

  #adopt({ resource, expiresAt }: Made<T>, epoch: number, durationMs: number): void {
    const { settings, counts, reporter } = this
    counts.creates += 1
    counts.createTime.record(durationMs)
    const createdAt = this.clock.monotonicNow()
    const lifetimeMs = settings.maxLifetimeMs * (1 - settings.maxLifetimeJitter * settings.random())
    const leftMs = Math.max(0, expiresAt - this.clock.wallNow())
    const earlyMs = leftMs === never ? never : Math.max(shortestLifeMs, leftMs * (1 - earlyShare))
    const holder = new SharedHolder<T>(this, resource, ++this.#numbers, epoch, {
      createdAt,
      dueAt: createdAt + Math.min(lifetimeMs, earlyMs),
      endsAt: createdAt + leftMs,
    })
    reporter.created({ ...told(holder), tenant: undefined }, durationMs)
    if (epoch === this.epoch && this.state !== 'closed') this.#install(holder)
    else this.retire(holder, this.state === 'closed' ? 'closed' : 'epoch')
    this.supply()
    this.onChanged()
  }

  #install(holder: SharedHolder<T>): void {
    const before = this.current
    this.current = holder
    if (before !== undefined) this.retire(before, 'lifetime')
    for (const waiter of [...this.waiters]) {
      this.waiters.delete(waiter)
      const waitedMs = Math.max(0, holder.createdAt - waiter.since)
      const lease = this.lease(waiter.tenant, waitedMs)
      if (lease === undefined) continue
      this.counts.waited += 1
      this.counts.waitTime.record(Math.floor(waitedMs))
      waiter.resolve(lease)
    }
    this.look()
  }

  #onFailed(failure: CreateFailure): void {
    if (this.state !== 'closed') {
      this.counts.createFailures += 1
      this.reporter.createFailed(failure)
      if (failure.isPermanent && this.current === undefined) this.failAll(failure.error)
      this.supply()
    }
    this.onChanged(failure)
  }

  #endIfUnused(holder: SharedHolder<T>): void {
    const { doom } = holder
    if (doom === undefined || holder.leases.size > 0 || holder.isDestroying) return
    holder.isDestroying = true
    this.counts.destroys[doom] += 1
    this.calls.destroy(holder.resource, holder.id).then((error) => {
      this.ending.delete(holder)
      if (error !== undefined) this.#onDestroyFailed(holder.id, error)
      this.reporter.destroyed(
        { ...told(holder), tenant: undefined },
        doom,
        this.clock.monotonicNow() - holder.createdAt,
      )
      this.supply()
      this.onChanged()
    })
  }

  /** Ends a resource that came after its create was given up. */
  #destroyLate(resource: T): void {
    const id = `${this.name}#late`
    this.counts.destroys.late += 1
    this.#lateDestroys += 1
    this.calls.destroy(resource, id).then((error) => {
      this.#lateDestroys -= 1
      if (error !== undefined) this.#onDestroyFailed(id, error)
      this.onChanged()
    })
  }

  #onDestroyFailed(id: string, error: HoldfastError): void {
    this.counts.destroyFailures += 1
    this.reporter.destroyFailed(id, error)
  }
}

const never = Number.POSITIVE_INFINITY

/** What is told of a resource. */
const told = <T>({ id, epoch, uses }: SharedHolder<T>) => ({ id, epoch, uses })

const outgrownMessage = (name: string, heldMs: number): string =>
  `A lease of ${name} was taken away ${heldMs} ms after it began: its resource was replaced, and the one after it has failed.`
