import { type Clock, toTimestamp } from '@holdfast/contracts'
import type { DestroyCause, Lease, LeaseReport, ResourceInstance } from '@holdfast/contracts/resources'
import { leaseEndedError } from '../pool-errors.ts'
import type { UsedLease } from '../use-lease.ts'

/** What a lease of a shared resource asks of its pool. */
export interface SharedOwner<T> {
  readonly name: string
  readonly clock: Clock
  /** Told after a lease has ended. `isBroken`: its user says that the resource must not be used again; `isUnsure`: nobody says that it works. */
  onEnded(lease: SharedLease<T>, how: { readonly isBroken?: boolean; readonly isUnsure?: boolean }): void
}

/** One resource and the leases of it. Times are those of the monotonic clock. */
export class SharedHolder<T> {
  readonly owner: SharedOwner<T>
  readonly resource: T
  readonly number: number
  readonly epoch: number
  readonly createdAt: number
  /** From then on it is replaced when another can be had. */
  readonly dueAt: number
  /** From then on nobody gets it any more. */
  readonly endsAt: number
  readonly leases = new Set<SharedLease<T>>()
  uses = 0
  /** When it was last found to work. */
  goodAt: number
  lastUsedAt: number | undefined
  isValidating = false
  /** Why nobody gets it any more. */
  doom: DestroyCause | undefined
  isDestroying = false

  constructor(
    owner: SharedOwner<T>,
    resource: T,
    number: number,
    epoch: number,
    times: { readonly createdAt: number; readonly dueAt: number; readonly endsAt: number },
  ) {
    this.owner = owner
    this.resource = resource
    this.number = number
    this.epoch = epoch
    this.createdAt = times.createdAt
    this.dueAt = times.dueAt
    this.endsAt = times.endsAt
    this.goodAt = times.createdAt
  }

  get id(): string {
    return `${this.owner.name}#${this.number}`
  }

  lend(tenant: string | undefined, now: number): SharedLease<T> {
    const lease = new SharedLease(this, tenant, now)
    this.leases.add(lease)
    this.uses += 1
    this.lastUsedAt = now
    return lease
  }

  /** `lease`: the one that asks, otherwise the oldest. */
  describe(lease: SharedLease<T> | undefined = [...this.leases][0]): ResourceInstance {
    const { clock } = this.owner
    const now = clock.monotonicNow()
    const at = (point: number): string => toTimestamp(clock.wallNow() - (now - point))
    return {
      id: this.id,
      state: this.isDestroying ? 'destroying' : lease === undefined ? 'idle' : 'leased',
      createdAt: at(this.createdAt),
      ...(this.lastUsedAt === undefined ? {} : { lastUsedAt: at(this.lastUsedAt) }),
      uses: this.uses,
      epoch: this.epoch,
      ...(lease === undefined ? {} : { lease: lease.report(now) }),
    }
  }
}

/** The lease of a resource that others have leases of too. */
export class SharedLease<T> implements UsedLease<T>, Lease<T> {
  readonly holder: SharedHolder<T>
  readonly tenant: string | undefined
  readonly since: number
  #onRevoked: ((message: string) => void) | undefined

  constructor(holder: SharedHolder<T>, tenant: string | undefined, since: number) {
    this.holder = holder
    this.tenant = tenant
    this.since = since
  }

  get resource(): T {
    if (!this.isOut) throw leaseEndedError(this.holder, 'resource')
    return this.holder.resource
  }

  get instance(): ResourceInstance {
    if (!this.isOut) throw leaseEndedError(this.holder, 'instance')
    return this.holder.describe(this)
  }

  get isOut(): boolean {
    return this.holder.leases.has(this)
  }

  report(now: number): LeaseReport {
    return {
      id: this.holder.id,
      heldMs: Math.max(0, Math.round(now - this.since)),
      ...(this.tenant === undefined ? {} : { tenant: this.tenant }),
    }
  }

  release(): void {
    if (this.holder.leases.delete(this)) this.holder.owner.onEnded(this, {})
  }

  destroy(): void {
    if (this.holder.leases.delete(this)) this.holder.owner.onEnded(this, { isBroken: true })
  }

  releaseUnsure(): void {
    if (this.holder.leases.delete(this)) this.holder.owner.onEnded(this, { isUnsure: true })
  }

  /** Takes it away from its user. */
  revoke(message: string): void {
    if (!this.holder.leases.delete(this)) return
    this.holder.owner.onEnded(this, {})
    this.#onRevoked?.(message)
  }

  noteFailure(): void {
    // Nothing is chosen among: there is one for all.
  }

  onRevoked(listener: ((message: string) => void) | undefined): void {
    this.#onRevoked = listener
  }

  // The block may have been left by an error, which nobody tells.
  [Symbol.dispose](): void {
    this.releaseUnsure()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.releaseUnsure()
  }
}
