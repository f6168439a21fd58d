import type { HoldfastError } from '@holdfast/contracts'
import type { DestroyCause, ResourceAdapter } from '@holdfast/contracts/resources'
import { AdapterCalls, type Made } from './adapter-calls.ts'
import { chooseAdaptively } from './adaptive-choice.ts'
import { careForIdle } from './care-for-idle.ts'
import type { CoarseClock } from './coarse-clock.ts'
import type { PoolSettings } from './create-pool-options.ts'
import { IdleSlots } from './idle-slots.ts'
import type { PoolCounts } from './pool-counts.ts'
import type { PoolReporter } from './pool-reporter.ts'
import { type CreateFailure, ResourceCreator } from './resource-creator.ts'
import { neverReady, Slot, type SlotOwner, unsure } from './slot.ts'
import { TenantRules } from './tenant-rules.ts'
import { Upkeep } from './upkeep.ts'
import type { WaitingLine } from './waiting-line.ts'

/** What the stock asks of its pool. */
export interface StockHost<T> extends SlotOwner<T> {
  readonly settings: PoolSettings
  readonly clock: CoarseClock
  readonly counts: PoolCounts
  readonly reporter: PoolReporter
  readonly line: WaitingLine<T>
  /** How many callers wait. */
  readonly waiting: number
  /** How many leases are out. */
  readonly leased: number
  /** Whether idle slots may be handed out without a look at anything but themselves. */
  readonly isQuick: boolean
  /** Gives the slot to the one whose turn it is; false when nobody waits. */
  serve(slot: Slot<T>, now: number): boolean
  /** Told when no resource can be made and there is none that those who wait could get. */
  onHopeless(error: HoldfastError): void
  /** Told whenever something was made, ended, or came back. */
  onChanged(failure?: CreateFailure): void
}

/**
 * The resources of a pool that nobody has, and how they come and go: made, checked, reset, destroyed, each of which takes time.
 *
 * Nobody who waits is tied to one of these: all are supply under way, and whatever becomes free goes to the one who has waited
 * longest. So nobody has to be put back into the queue when one of them fails.
 */
export class Stock<T> {
  readonly calls: AdapterCalls<T>
  readonly creator: ResourceCreator<T>
  readonly idle: IdleSlots<T>
  readonly slots: Slot<T>[] = []
  /** Who may get what, where it is not whose turn it is alone. */
  readonly rules: TenantRules<T> | undefined
  state: 'open' | 'draining' | 'closed' = 'open'
  epoch = 1
  minSize: number
  maxSize: number
  minIdle: number
  validating = 0
  resetting = 0
  destroying = 0
  /** Destroys of resources that came too late to become a slot. */
  lateDestroys = 0
  /** Leases of slots that are gone. */
  usesOfRemoved = 0
  /** Whether `minSize` and `minIdle` are kept: from the start or the first use on. */
  isStarted = false
  readonly #host: StockHost<T>
  readonly care: Upkeep
  /** Infinity when nothing is validated. */
  readonly validateAfterMs: number
  readonly keepAliveMs: number
  /** For how long an idle slot may be handed out without a look, at most. */
  readonly readyMs: number
  /** How long an idle slot can be left alone. */
  readonly quietMs: number
  readonly #maxUses: number
  /** Whether the order goes by how resources have been doing. */
  readonly isAdaptive: boolean
  #numbers = 0

  constructor(adapter: ResourceAdapter<T>, host: StockHost<T>) {
    const { settings, clock } = host
    this.#host = host
    this.minSize = settings.minSize
    this.maxSize = settings.maxSize
    this.minIdle = settings.minIdle
    this.idle = new IdleSlots(settings.order)
    this.calls = new AdapterCalls(adapter, settings)
    this.creator = new ResourceCreator(this.calls, settings, {
      onCreated: (made, epoch, durationMs) => this.#adopt(made, epoch, durationMs),
      onLate: (resource) => this.#destroyLate(resource),
      onFailed: (failure) => this.#onCreateFailed(failure),
      onReady: () => this.supply(),
    })
    this.care = new Upkeep(settings.clock, clock, (now) => careForIdle(this, settings, now))
    this.validateAfterMs = this.calls.canValidate ? settings.validateIdleLongerThanMs : never
    this.keepAliveMs = this.calls.canValidate ? settings.keepAliveMs : never
    this.readyMs = Math.min(this.validateAfterMs, longMs)
    this.quietMs = Math.min(settings.idleTimeoutMs, this.keepAliveMs, longMs)
    this.#maxUses = settings.maxUses
    this.isAdaptive = settings.order === 'adaptive'
    const separates = settings.separateTenants && adapter.isolatesTenants !== true
    const maxShare = settings.maxTenantShare
    if (separates || maxShare < 1) this.rules = new TenantRules({ separates, maxShare }, host.line, this, host.clock)
  }

  /** Resources that will become free by themselves. */
  get pending(): number {
    return this.creator.running - this.creator.outdated + this.validating + this.resetting
  }

  /** Slots that are there to stay: all but those being destroyed. */
  get live(): number {
    return this.slots.length - this.destroying
  }

  /** Whether something is there, or being made, that was begun before this epoch. */
  hasBefore(epoch: number): boolean {
    return this.creator.outdated > 0 || this.slots.some((slot) => slot.epoch < epoch)
  }

  /** Whether there is nothing left, nor anything under way. */
  get isEmpty(): boolean {
    return this.slots.length + this.creator.running + this.lateDestroys === 0
  }

  /** How many slots are idle. */
  get idleCount(): number {
    return this.live - this.#host.leased - this.validating - this.resetting
  }

  /** Takes the next idle slot if it can be used as it is. */
  takeReady(now: number, tenant: string | undefined): Slot<T> | undefined {
    if (this.rules?.separates === true) return this.rules.takeReady(now, tenant)
    this.#chooseNext()
    const slot = this.idle.first
    return slot === undefined || now >= slot.retireAt || this.needsCheck(slot, now) ? undefined : this.idle.take()
  }

  /** Whether the resource has to be validated before it is used. */
  needsCheck({ goodAt, since }: Slot<T>, now: number): boolean {
    return (
      this.validateAfterMs !== never && (goodAt === unsure || now - Math.max(goodAt, since) >= this.validateAfterMs)
    )
  }

  /** When something has to be done about an idle slot at the latest. */
  careDueAt({ goodAt, since, retireAt }: Slot<T>): number {
    return Math.min(since + this.#host.settings.idleTimeoutMs, Math.max(goodAt, since) + this.keepAliveMs, retireAt)
  }

  /** Whether there is anything that could be checked or made for those who wait. */
  get canSupply(): boolean {
    return this.idle.first !== undefined || this.slots.length + this.creator.running < this.maxSize
  }

  /** Starts what is missing: checks of idle resources for those who wait, and creates. `extra`: wanted beyond that, by `tenant`. */
  supply(extra = 0, tenant?: string): void {
    if (this.state === 'closed') return
    const host = this.#host
    const rules = this.rules?.separates === true ? this.rules : undefined
    while (rules === undefined && this.pending < host.waiting + extra) {
      this.#chooseNext()
      const slot = this.idle.take()
      if (slot === undefined) break
      this.putToUse(slot, host.clock.now(), true)
      // It has stayed idle: it is what was wanted beyond those who wait.
      if (slot.state === 'idle') return
    }
    let missing = rules === undefined ? host.waiting + extra - this.pending : rules.useIdle(extra, tenant)
    if (this.isStarted && this.state === 'open') {
      const spare = this.idleCount + this.pending - host.waiting
      missing = Math.max(missing, this.minSize - this.live - this.creator.running, this.minIdle - spare)
    }
    for (; missing > 0 && this.slots.length + this.creator.running < this.maxSize && this.creator.isReady; missing--) {
      this.creator.start(this.epoch)
    }
  }

  /** Takes a slot back from its user: to be reset, used again, or ended. */
  takeBack(slot: Slot<T>, now: number): void {
    if (this.calls.canReset && !this.#isDone(slot, now)) {
      this.#reset(slot)
      return
    }
    this.putToUse(slot, now)
    if (slot.activity === 'destroying' || (this.rules !== undefined && this.#host.waiting > 0)) this.supply()
  }

  /** Checks a slot that has been taken out of the idle ones. */
  validate(slot: Slot<T>): void {
    slot.activity = 'validating'
    this.validating += 1
    this.calls.validate(slot).then((works) => {
      this.validating -= 1
      if (works) slot.goodAt = this.#host.clock.now()
      this.#bringBack(slot, works ? undefined : 'invalid', true)
    })
  }

  /** Notes until when an idle slot may be handed out without a further look. */
  markReady(slot: Slot<T>): void {
    const { goodAt, since } = slot
    const isReady = this.#host.isQuick && goodAt !== unsure
    slot.readyUntil = isReady ? Math.max(goodAt, since) + this.readyMs : neverReady
  }

  /** Sees to it that somebody looks after an idle slot when it is time. */
  expectCare(slot: Slot<T>): void {
    this.care.expect(this.careDueAt(slot))
  }

  /** Ends the resource of a slot that nobody has. Its place becomes free when that is done; the caller sees to new supply. */
  retire(slot: Slot<T>, cause: DestroyCause): void {
    const { counts, clock, reporter } = this.#host
    slot.activity = 'destroying'
    // A lease that stays out for long holds the slot that once came after its own: it must not hold all that came after that one.
    slot.next = undefined
    this.destroying += 1
    counts.destroys[cause] += 1
    this.calls.destroy(slot.resource, slot.id).then((error) => {
      slot.activity = 'destroyed'
      this.usesOfRemoved += slot.uses
      this.destroying -= 1
      this.#remove(slot)
      if (error !== undefined) this.#onDestroyFailed(slot.id, error)
      reporter.destroyed(slot, cause, clock.exact() - slot.createdAt)
      this.supply()
      this.#host.onChanged()
    })
  }

  /** Has every slot that `leaves` says yes to end: idle ones now, others when they come back. Answers how many. */
  retireWhere(leaves: (slot: Slot<T>) => boolean, cause: DestroyCause): number {
    const leaving = this.slots.filter(
      (slot) => slot.activity !== 'destroying' && slot.doom === undefined && leaves(slot),
    )
    for (const slot of leaving) {
      slot.doom = cause
      slot.retireAt = -1
    }
    for (const slot of this.idle.extract(({ doom }) => doom !== undefined)) this.retire(slot, cause)
    this.supply()
    return leaving.length
  }

  /** Sets new bounds, and ends idle resources beyond them, those that were free longest first. */
  resize(minSize: number, maxSize: number, minIdle: number): void {
    this.minSize = minSize
    this.maxSize = maxSize
    this.minIdle = minIdle
    let surplus = this.live - maxSize
    for (const slot of this.idle.extract(() => surplus-- > 0)) this.retire(slot, 'surplus')
    this.supply()
  }

  /** Begins a new epoch; answers it. */
  advanceEpoch(): number {
    this.epoch += 1
    this.creator.renew()
    this.retireWhere(() => true, 'epoch')
    return this.epoch
  }

  /** Lets no timer fire any more. */
  stop(): void {
    this.care.stop()
    this.creator.stop()
  }

  #chooseNext(): void {
    if (this.isAdaptive) this.idle.promote(chooseAdaptively(this.idle))
  }

  /** Whether the slot is not to be used any more. */
  #isDone(slot: Slot<T>, now: number): boolean {
    return now >= slot.retireAt || slot.uses >= this.#maxUses || this.live > this.maxSize || this.state === 'closed'
  }

  #doneCause(slot: Slot<T>, now: number): DestroyCause {
    if (this.state === 'closed') return 'closed'
    if (slot.doom !== undefined) return slot.doom
    if (now >= slot.retireAt) return 'lifetime'
    return slot.uses >= this.#maxUses ? 'uses' : 'surplus'
  }

  /**
   * Gives a free slot to the one whose turn it is, keeps it idle, has it checked, or ends it. `check`: has it checked although
   * nobody waits; `isFresh`: it has just been made or checked, which `validateIdleLongerThanMs: 0` would ask for for ever.
   */
  putToUse(slot: Slot<T>, now: number, check = false, isFresh = false): void {
    if (this.#isDone(slot, now)) {
      this.retire(slot, this.#doneCause(slot, now))
      return
    }
    const isWanted = check || (this.rules === undefined ? this.#host.waiting > 0 : this.rules.isWanted(slot))
    if (isWanted && !isFresh && this.needsCheck(slot, now)) {
      this.validate(slot)
      return
    }
    if (isWanted && this.#host.serve(slot, now)) return
    slot.activity = 'idle'
    this.idle.push(slot)
    this.markReady(slot)
    this.expectCare(slot)
  }

  /** Puts a slot to use again after a check or a reset, or ends it. */
  #bringBack(slot: Slot<T>, failure: DestroyCause | undefined, isFresh = false): void {
    if (failure === undefined) this.putToUse(slot, this.#host.clock.now(), false, isFresh)
    else this.retire(slot, slot.doom ?? failure)
    this.supply()
    this.#host.onChanged()
  }

  #reset(slot: Slot<T>): void {
    slot.activity = 'resetting'
    this.resetting += 1
    this.calls.reset(slot).then((isClean) => {
      this.resetting -= 1
      this.#bringBack(slot, isClean ? undefined : 'reset-failed')
    })
  }

  /** Takes a resource in that has just been made. */
  #adopt({ resource, expiresAt }: Made<T>, epoch: number, durationMs: number): void {
    const { settings, counts, clock, reporter } = this.#host
    const { maxLifetimeMs, maxLifetimeJitter, random } = settings
    counts.creates += 1
    counts.createTime.record(durationMs)
    const now = clock.now()
    const lifetimeMs = Math.min(
      maxLifetimeMs * (1 - maxLifetimeJitter * random()),
      expiresAt - settings.clock.wallNow(),
    )
    // Used at least once: a credential that has expired already must not make the pool create without end.
    const retireAt = now + Math.max(1, Math.floor(lifetimeMs))
    const slot = new Slot(this.#host, resource, ++this.#numbers, epoch, now, retireAt, this.slots.length)
    this.slots.push(slot)
    reporter.created(slot, durationMs)
    if (epoch === this.epoch) this.putToUse(slot, now, false, true)
    else this.retire(slot, 'epoch')
    this.supply()
    this.#host.onChanged()
  }

  #onCreateFailed(failure: CreateFailure): void {
    if (this.state === 'closed') {
      // It was asked to stop, and did.
      this.#host.onChanged()
      return
    }
    this.#host.counts.createFailures += 1
    this.#host.reporter.createFailed(failure)
    // With other resources in use or under way, those who wait may still get one of these.
    if (failure.isPermanent && this.live + this.creator.running === 0) this.#host.onHopeless(failure.error)
    this.supply()
    this.#host.onChanged(failure)
  }

  /** Ends a resource that came after its create was given up. */
  #destroyLate(resource: T): void {
    const id = `${this.#host.name}#late`
    this.#host.counts.destroys.late += 1
    this.lateDestroys += 1
    this.calls.destroy(resource, id).then((error) => {
      this.lateDestroys -= 1
      if (error !== undefined) this.#onDestroyFailed(id, error)
      this.#host.onChanged()
    })
  }

  #onDestroyFailed(id: string, error: HoldfastError): void {
    this.#host.counts.destroyFailures += 1
    this.#host.reporter.destroyFailed(id, error)
  }

  #remove(slot: Slot<T>): void {
    const last = this.slots.pop()
    if (last === undefined || last === slot) return
    this.slots[slot.position] = last
    last.position = slot.position
  }
}

const never = Number.POSITIVE_INFINITY
/** Twelve days in milliseconds: added to a time it is still a small integer. */
const longMs = 2 ** 30
