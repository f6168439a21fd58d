import type { DestroyCause, ResourceInstance, ResourceState } from '@holdfast/contracts/resources'
import type { LeaseSite } from './lease-site.ts'
import type { SlotPerformance } from './slot-performance.ts'

/** What a lease asks of the pool whose slot it holds. */
export interface SlotOwner<T> {
  readonly name: string
  /** Takes the slot back from a user who says that the resource works. */
  giveBack(slot: Slot<T>): void
  /** Takes the slot back from a user who cannot say so. */
  giveBackUnsure(slot: Slot<T>): void
  /** Takes the slot back and ends the resource. */
  breakUp(slot: Slot<T>): void
  describe(slot: Slot<T>): ResourceInstance
}

/** {@link Slot.goodAt} of a resource that must be validated before its next use. */
export const unsure = -1
/** {@link Slot.readyUntil} of a resource that is not simply handed out. */
export const neverReady = -1
/** {@link Slot.boundTo} of a resource that no tenant has used. */
export const nobody = Symbol('nobody')

/** What only few slots have, so that the others need not carry it. */
interface SlotExtras {
  boundTo: string | undefined | typeof nobody
  boundBefore: string | undefined | typeof nobody
  site: LeaseSite | undefined
  performance: SlotPerformance | undefined
  doom: DestroyCause | undefined
}

/** One resource and what its pool knows of it. Times are whole milliseconds of the pool's clock, so that they take no memory of their own. */
export class Slot<T> {
  readonly owner: SlotOwner<T>
  readonly resource: T
  readonly number: number
  readonly epoch: number
  readonly createdAt: number
  /** Counts the beginnings and ends of leases: odd while one is out. A lease knows its turn, and so when it is over. */
  turn = 0
  /** When the last lease began or ended; at first, when it was made. */
  since: number
  /** When it was last found to work by a check or made, or {@link unsure}. */
  goodAt: number
  /** From then on it is not used again. */
  retireAt: number
  /** While it is idle: until when it may be handed out without a further look, if it has not to be retired before. */
  readyUntil = neverReady
  /** The idle slot to be used after it. */
  next: Slot<T> | undefined = undefined
  /** What is done with it while nobody has it. */
  activity: Exclude<ResourceState, 'leased'> = 'idle'
  /** For whom it is leased, or was last. */
  tenant: string | undefined = undefined
  /** Told when the lease is taken away from its user. */
  onRevoked: ((message: string) => void) | undefined = undefined
  /** Where it is in the pool's list. */
  position: number
  #extras: SlotExtras | undefined = undefined

  constructor(
    owner: SlotOwner<T>,
    resource: T,
    number: number,
    epoch: number,
    now: number,
    retireAt: number,
    position: number,
  ) {
    this.owner = owner
    this.resource = resource
    this.number = number
    this.epoch = epoch
    this.createdAt = now
    this.since = now
    this.goodAt = now
    this.retireAt = retireAt
    this.position = position
  }

  /** Who alone may have it, in a pool that keeps tenants apart. */
  get boundTo(): string | undefined | typeof nobody {
    return this.#extras === undefined ? nobody : this.#extras.boundTo
  }

  set boundTo(tenant: string | undefined | typeof nobody) {
    const extras = this.#extend()
    extras.boundBefore = extras.boundTo
    extras.boundTo = tenant
  }

  /** Takes back that it was bound last. */
  unbind(): void {
    if (this.#extras !== undefined) this.#extras.boundTo = this.#extras.boundBefore
  }

  /** Where it was acquired, if the pool looks for leaks. */
  get site(): LeaseSite | undefined {
    return this.#extras?.site
  }

  set site(site: LeaseSite | undefined) {
    if (site !== undefined || this.#extras !== undefined) this.#extend().site = site
  }

  /** How it has been doing, if the pool goes by that. */
  get performance(): SlotPerformance | undefined {
    return this.#extras?.performance
  }

  set performance(performance: SlotPerformance | undefined) {
    this.#extend().performance = performance
  }

  /** Why it will be destroyed when it comes back, if that is decided. */
  get doom(): DestroyCause | undefined {
    return this.#extras?.doom
  }

  set doom(cause: DestroyCause | undefined) {
    this.#extend().doom = cause
  }

  #extend(): SlotExtras {
    this.#extras ??= { boundTo: nobody, boundBefore: nobody, site: undefined, performance: undefined, doom: undefined }
    return this.#extras
  }

  get isLeased(): boolean {
    return (this.turn & 1) === 1
  }

  /** Leases it has had. */
  get uses(): number {
    return Math.ceil(this.turn / 2)
  }

  get state(): ResourceState {
    return this.isLeased ? 'leased' : this.activity
  }

  /** How it is called in logs, events and errors. */
  get id(): string {
    return `${this.owner.name}#${this.number}`
  }
}
