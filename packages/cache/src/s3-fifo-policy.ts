import type { EvictionPolicy, PolicyHost } from './eviction-policy.ts'
import { GhostKeys } from './ghost-keys.ts'
import { SlotLists } from './slot-lists.ts'

const small = 0
const main = 1

/** Share of the capacity that newcomers pass through: 10 %, as in the paper. */
const smallShare = 0.1
/** Uses are counted up to 3: two bits, as in the paper. */
const maxUses = 3
/** A newcomer used this often moves on to the main queue instead of leaving. */
const usesToStay = 2
/** Keys in each of the two sets of ghosts, as a share of the entries held. */
const ghostShare = 0.6

/**
 * S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023). Newcomers wait
 * in a small queue, and only those that are used again get into the main one, so a scan passes through without washing
 * anything out. A key that comes back soon after it left is let into the main queue at once. A hit only counts up: it
 * moves nothing.
 */
export class S3FifoPolicy implements EvictionPolicy {
  readonly reservedSlots = 2
  readonly #lists = new SlotLists(2)
  readonly #ghosts = new GhostKeys()
  readonly #host: PolicyHost
  readonly #smallTarget: number
  /** Uses since the slot came in or was last passed over, 0 to 3. */
  #uses = new Uint8Array(2)
  /** 1 for a slot in the main queue. */
  #inMain = new Uint8Array(2)
  #smallWeight = 0
  #count = 0

  constructor(host: PolicyHost) {
    this.#host = host
    this.#smallTarget = Math.max(1, Math.floor(host.capacity * smallShare))
  }

  grow(length: number): void {
    this.#lists.grow(length)
    this.#uses = extended(this.#uses, length)
    this.#inMain = extended(this.#inMain, length)
  }

  added(slot: number, state: number | undefined): void {
    const intoMain = state === undefined ? this.#ghosts.take(this.#host.keyOf(slot)) : state > maxUses
    this.#uses[slot] = (state ?? 0) & maxUses
    this.#count += 1
    this.#enter(slot, intoMain)
  }

  used(slot: number): boolean {
    const uses = Math.min(maxUses, (this.#uses[slot] ?? 0) + 1)
    this.#uses[slot] = uses
    return uses === maxUses
  }

  removed(slot: number): void {
    this.#count -= 1
    this.#lists.unlink(slot)
    if (this.#inMain[slot] === 0) this.#smallWeight -= this.#host.weightOf(slot)
  }

  victim(): number {
    for (;;) {
      const oldestSmall = this.#lists.last(small)
      const oldestMain = this.#lists.last(main)
      if (oldestSmall !== small && (this.#smallWeight >= this.#smallTarget || oldestMain === main)) {
        if ((this.#uses[oldestSmall] ?? 0) < usesToStay) {
          this.#ghosts.add(this.#host.keyOf(oldestSmall), Math.max(1, Math.ceil(this.#count * ghostShare)))
          return oldestSmall
        }
        this.#lists.unlink(oldestSmall)
        this.#smallWeight -= this.#host.weightOf(oldestSmall)
        this.#setUses(oldestSmall, 0)
        this.#enter(oldestSmall, true)
      } else {
        const uses = this.#uses[oldestMain] ?? 0
        if (uses === 0) return oldestMain
        this.#setUses(oldestMain, uses - 1)
        this.#lists.unlink(oldestMain)
        this.#lists.linkFirst(main, oldestMain)
      }
    }
  }

  cleared(): void {
    this.#lists.clear()
    this.#ghosts.clear()
    this.#smallWeight = 0
    this.#count = 0
  }

  forEach(visit: (slot: number) => void): void {
    this.#lists.forEach(main, visit)
    this.#lists.forEach(small, visit)
  }

  stateOf(slot: number): number {
    return (this.#inMain[slot] ?? 0) * (maxUses + 1) + (this.#uses[slot] ?? 0)
  }

  #setUses(slot: number, uses: number): void {
    if (this.#uses[slot] === maxUses) this.#host.listen(slot)
    this.#uses[slot] = uses
  }

  #enter(slot: number, intoMain: boolean): void {
    this.#inMain[slot] = intoMain ? 1 : 0
    this.#lists.linkFirst(intoMain ? main : small, slot)
    if (!intoMain) this.#smallWeight += this.#host.weightOf(slot)
  }
}

const extended = (array: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> => {
  const longer = new Uint8Array(length)
  longer.set(array)
  return longer
}
