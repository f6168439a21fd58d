import type { Lease, ResourceInstance } from '@holdfast/contracts/resources'
import { leaseEndedError } from './pool-errors.ts'
import type { Slot } from './slot.ts'

/** The lease of a slot for one turn. It is over when the slot's turn is another: nothing has to be told to it. */
export class PoolLease<T> implements Lease<T> {
  readonly #slot: Slot<T>
  readonly #turn: number

  constructor(slot: Slot<T>, turn: number) {
    this.#slot = slot
    this.#turn = turn
  }

  get resource(): T {
    const slot = this.#slot
    if (slot.turn !== this.#turn) throw leaseEndedError(slot, 'resource')
    return slot.resource
  }

  get instance(): ResourceInstance {
    const slot = this.#slot
    if (slot.turn !== this.#turn) throw leaseEndedError(slot, 'instance')
    return slot.owner.describe(slot)
  }

  /** Which resource it is, also after its end. */
  get id(): string {
    return this.#slot.id
  }

  release(): void {
    const slot = this.#slot
    if (slot.turn === this.#turn) slot.owner.giveBack(slot)
  }

  destroy(): void {
    const slot = this.#slot
    if (slot.turn === this.#turn) slot.owner.breakUp(slot)
  }

  /** Gives the resource back without a word for it: the next one to use it has it validated. */
  releaseUnsure(): void {
    const slot = this.#slot
    if (slot.turn === this.#turn) slot.owner.giveBackUnsure(slot)
  }

  /** Says that the user's work has failed, for who goes by that. */
  noteFailure(): void {
    const slot = this.#slot
    if (slot.turn === this.#turn) slot.performance?.noteFailure()
  }

  /** Says that this lease is no tenant's: the resource is only looked at, and stays whose it was. */
  leaveOwner(): void {
    const slot = this.#slot
    if (slot.turn === this.#turn) slot.unbind()
  }

  /** Has `listener` told when the lease is taken away; nobody if there is none. */
  onRevoked(listener: ((message: string) => void) | undefined): void {
    const slot = this.#slot
    if (slot.turn === this.#turn) slot.onRevoked = listener
  }

  // The block may have been left by an error, which nobody tells.
  [Symbol.dispose](): void {
    this.releaseUnsure()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.releaseUnsure()
  }
}
