import type { EvictionPolicy } from './eviction-policy.ts'
import { SlotLists } from './slot-lists.ts'

const list = 0

/** Least recently used: the entry that was not touched for the longest time leaves. Easy to predict, and washed out by one scan. */
export class LruPolicy implements EvictionPolicy {
  readonly reservedSlots = 1
  readonly #lists = new SlotLists(1)

  grow(length: number): void {
    this.#lists.grow(length)
  }

  added(slot: number): void {
    this.#lists.linkFirst(list, slot)
  }

  used(slot: number): boolean {
    if (this.#lists.first(list) !== slot) {
      this.#lists.unlink(slot)
      this.#lists.linkFirst(list, slot)
    }
    return false
  }

  removed(slot: number): void {
    this.#lists.unlink(slot)
  }

  victim(): number {
    return this.#lists.last(list)
  }

  cleared(): void {
    this.#lists.clear()
  }

  forEach(visit: (slot: number) => void): void {
    this.#lists.forEach(list, visit)
  }

  stateOf(): number {
    return 0
  }
}
