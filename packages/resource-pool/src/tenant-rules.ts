import { chooseAdaptively } from './adaptive-choice.ts'
import type { CoarseClock } from './coarse-clock.ts'
import { nobody, type Slot } from './slot.ts'
import type { Stock } from './stock.ts'
import type { TenantQueue } from './tenant-queue.ts'
import type { WaitingLine } from './waiting-line.ts'

/** Which rules hold. */
export interface TenantRulesOptions {
  /** Whether a resource that a tenant has used is never given to another. */
  readonly separates: boolean
  /** Share of the resources that a tenant may hold while others wait. */
  readonly maxShare: number
}

/**
 * To whom a free resource goes where more counts than whose turn it is: tenants that must not get one another's resources,
 * or that may only have a share of them while others wait.
 *
 * A resource that only its own tenant may have goes to that tenant although it is another one's turn, as long as that one has
 * resources too that will come back: otherwise each change of turns would end a resource. It pays for it with its next turns,
 * and nobody is overtaken more often than there are resources: then the next one that becomes free is ended for it.
 */
export class TenantRules<T> {
  readonly separates: boolean
  readonly #maxShare: number
  readonly #line: WaitingLine<T>
  readonly #stock: Stock<T>
  readonly #clock: CoarseClock
  /** Resources that are being ended to make room for what somebody wanted who does not wait. */
  #promises = 0
  /** Leases of each tenant; only counted where there is a share. */
  readonly #held = new Map<string | undefined, number>()

  constructor({ separates, maxShare }: TenantRulesOptions, line: WaitingLine<T>, stock: Stock<T>, clock: CoarseClock) {
    this.separates = separates
    this.#maxShare = maxShare
    this.#line = line
    this.#stock = stock
    this.#clock = clock
  }

  /** Notes that a lease has begun. */
  began(slot: Slot<T>): void {
    const { tenant } = slot
    if (this.separates) slot.boundTo = tenant
    if (this.#maxShare < 1) this.#held.set(tenant, (this.#held.get(tenant) ?? 0) + 1)
  }

  /** Notes that a lease is over. */
  ended({ tenant }: Slot<T>): void {
    if (this.#maxShare === 1) return
    const held = (this.#held.get(tenant) ?? 0) - 1
    if (held > 0) this.#held.set(tenant, held)
    else this.#held.delete(tenant)
  }

  /** Removes from the line whom the free slot goes to; nobody if it suits none of those who wait. */
  next(slot: Slot<T>): ReturnType<WaitingLine<T>['shift']> {
    const head = this.#line.turns.turn(this.#isHeldBack)
    const queue = head === undefined ? undefined : this.#queueFor(slot, head)
    if (head === undefined || queue === undefined) return undefined
    head.overtaken = queue === head ? 0 : head.overtaken + 1
    return this.#line.shiftFrom(queue, this.#stock.maxSize)
  }

  /** Takes an idle slot that the tenant can use as it is: one of its own, or else one that nobody has used. */
  takeReady(now: number, tenant: string | undefined): Slot<T> | undefined {
    const slots = [...this.#stock.idle].filter(
      (slot) => this.#suits(slot, tenant) && now < slot.retireAt && !this.#stock.needsCheck(slot, now),
    )
    return this.#takeOne(slots.some(isUsed) ? slots.filter(isUsed) : slots)
  }

  /**
   * Gives those who wait what is idle and suits them. Where nothing does, ends what was idle longest to make room, as far as
   * new ones can be made in its place now. Answers how many have to be made.
   */
  useIdle(extra: number, tenant: string | undefined): number {
    const stock = this.#stock
    const now = this.#clock.now()
    const tried = new Set<Slot<T>>()
    for (;;) {
      const slot = this.#takeOne([...stock.idle].filter((each) => !tried.has(each) && this.isWanted(each)))
      if (slot === undefined) break
      tried.add(slot)
      stock.putToUse(slot, now, true)
    }
    if (extra > 0) {
      const unchecked = [...stock.idle].filter((each) => this.#suits(each, tenant) && stock.needsCheck(each, now))
      const slot = this.#takeOne(unchecked)
      if (slot !== undefined) stock.validate(slot)
    }
    const { live, creator, maxSize, slots } = stock
    const missing = this.#missing(extra, tenant)
    let surplus = Math.min(missing, creator.capacity) + live + creator.running - maxSize
    const ending = stock.idle.extract(
      (each) => isUsed(each) && (extra > 0 || now >= this.#restsUntil(each)) && surplus-- > 0,
    )
    for (const slot of ending) stock.retire(slot, 'tenant')
    if (surplus > 0) for (const each of stock.idle) if (isUsed(each)) stock.care.expect(this.#restsUntil(each))
    if (extra > 0) this.#promises += ending.length
    if (this.#promises === 0 || slots.length + creator.running >= maxSize) return missing
    // There is room now for one that was wanted by somebody who did not wait for it.
    this.#promises = 0
    return Math.max(missing, 1)
  }

  /** Whether only one tenant may have it. */
  #isBound({ boundTo }: Slot<T>): boolean {
    return this.separates && boundTo !== nobody
  }

  /** Whether the tenant may be given the slot. */
  #suits({ boundTo }: Slot<T>, tenant: string | undefined): boolean {
    return !this.separates || boundTo === nobody || boundTo === tenant
  }

  /** The tenant on whose behalf the pool may look at the slot without ending it. */
  ownerOf(slot: Slot<T> | undefined): string | undefined {
    return slot === undefined || slot.boundTo === nobody ? undefined : slot.boundTo
  }

  /** Whether it would go to somebody who waits and will not get another one of its own that is on its way. */
  isWanted(slot: Slot<T>): boolean {
    const head = this.#line.turns.turn(this.#isHeldBack)
    const queue = head === undefined ? undefined : this.#queueFor(slot, head)
    return queue !== undefined && (!this.#isBound(slot) || queue.length > this.#returningBeside(slot))
  }

  /** How many more resources those who wait need than will become free for them by themselves. `extra`: wanted beyond that by `tenant`. */
  #missing(extra: number, tenant: string | undefined): number {
    const { turns } = this.#line
    const returning = new Map<string | undefined, number>()
    let covered = this.#stock.creator.running - this.#stock.creator.outdated
    for (const { activity, isLeased, boundTo } of this.#stock.slots) {
      if (isLeased || (activity !== 'validating' && activity !== 'resetting')) continue
      if (boundTo === nobody) covered += 1
      else returning.set(boundTo, (returning.get(boundTo) ?? 0) + 1)
    }
    for (const [each, count] of returning) {
      covered += Math.min(count, (turns.find(each)?.length ?? 0) + (each === tenant ? extra : 0))
    }
    return turns.length + extra - covered
  }

  /**
   * Until when an idle slot is left to its tenant. Who calls again and again takes it back at once, and for one who waits and
   * has resources that will come back it is not worth a new one; who has none does not wait for that.
   */
  #restsUntil({ boundTo, since }: Slot<T>): number {
    const { turns } = this.#line
    const head = turns.turn(this.#isHeldBack)
    const isAwaited = boundTo !== nobody && (turns.find(boundTo)?.length ?? 0) > 0
    return head === undefined || isAwaited || !this.#hasOwn(head.tenant) ? 0 : since + restMs
  }

  /** Takes one of these idle slots, by the order of the pool. */
  #takeOne(slots: readonly Slot<T>[]): Slot<T> | undefined {
    const chosen = this.#stock.isAdaptive ? chooseAdaptively(slots) : slots[0]
    if (chosen === undefined) return undefined
    this.#stock.idle.promote(chosen)
    return this.#stock.idle.take()
  }

  readonly #isHeldBack = (queue: TenantQueue<T>): boolean => {
    if (this.#maxShare === 1) return false
    const limit = Math.max(1, Math.floor(this.#maxShare * this.#stock.maxSize))
    return (this.#held.get(queue.tenant) ?? 0) >= limit
  }

  #queueFor(slot: Slot<T>, head: TenantQueue<T>): TenantQueue<T> | undefined {
    if (slot.boundTo === nobody || this.#suits(slot, head.tenant)) return head
    const own = this.#line.turns.find(slot.boundTo)
    if (own === undefined || own.length === 0 || this.#isHeldBack(own)) return undefined
    return this.#mayOvertake(own, head) ? own : undefined
  }

  #mayOvertake(queue: TenantQueue<T>, head: TenantQueue<T>): boolean {
    const { creator, destroying, maxSize } = this.#stock
    // One for the head is on its way already, or could not be made now.
    if (creator.running > creator.outdated || destroying > 0 || !creator.isReady) return true
    return head.overtaken < maxSize && queue.deficit > -maxSize && this.#hasOwn(head.tenant)
  }

  #hasOwn(tenant: string | undefined): boolean {
    return this.#stock.slots.some(({ boundTo, activity }) => boundTo === tenant && activity !== 'destroying')
  }

  /** How many others of the same tenant will be free soon. */
  #returningBeside(slot: Slot<T>): number {
    let count = 0
    for (const other of this.#stock.slots) {
      const { boundTo, activity, isLeased } = other
      const isReturning = !isLeased && (activity === 'validating' || activity === 'resetting')
      if (other !== slot && boundTo === slot.boundTo && isReturning) count += 1
    }
    return count
  }
}

/** How long that is: a fraction of what it takes to make most connections, and more than a caller needs to come back. */
const restMs = 5

/** Whether a tenant has had it. */
const isUsed = <T>({ boundTo }: Slot<T>): boolean => boundTo !== nobody
