import type { EvictionPolicy } from './eviction-policy.ts'
import { SlotLists } from './slot-lists.ts'

/** Uses are counted up to 15: the four bits of TinyLFU (Einziger, Friedman, Manes, 2017). */
const levels = 16
const highest = levels - 1
/** All counts are halved after this many uses per entry held: the sample of TinyLFU. */
const usesPerAgeing = 10

/**
 * Least frequently used, with ageing: the entry with the fewest uses leaves, among equals the one that has had them
 * longest. Counts are halved from time to time, so that what was popular last week makes room. One list per count.
 */
export class LfuPolicy implements EvictionPolicy {
  readonly reservedSlots = levels
  readonly #lists = new SlotLists(levels)
  #level = new Uint8Array(levels)
  #count = 0
  #usesSinceAgeing = 0

  grow(length: number): void {
    const longer = new Uint8Array(length)
    longer.set(this.#level)
    this.#level = longer
    this.#lists.grow(length)
  }

  added(slot: number, state: number | undefined): void {
    this.#count += 1
    this.#enter(slot, Math.min(highest, state ?? 0))
  }

  used(slot: number): boolean {
    const level = this.#level[slot] ?? 0
    if (level < highest) {
      this.#lists.unlink(slot)
      this.#enter(slot, level + 1)
    }
    this.#usesSinceAgeing += 1
    if (this.#usesSinceAgeing >= this.#count * usesPerAgeing) this.#age()
    return false
  }

  removed(slot: number): void {
    this.#count -= 1
    this.#lists.unlink(slot)
  }

  victim(): number {
    let level = 0
    while (level < highest && this.#lists.last(level) === level) level += 1
    return this.#lists.last(level)
  }

  cleared(): void {
    this.#lists.clear()
    this.#count = 0
    this.#usesSinceAgeing = 0
  }

  forEach(visit: (slot: number) => void): void {
    for (let level = highest; level >= 0; level--) this.#lists.forEach(level, visit)
  }

  stateOf(slot: number): number {
    return this.#level[slot] ?? 0
  }

  #enter(slot: number, level: number): void {
    this.#level[slot] = level
    this.#lists.linkFirst(level, slot)
  }

  #age(): void {
    this.#usesSinceAgeing = 0
    const halves = this.#level
    for (let slot = levels; slot < halves.length; slot++) halves[slot] = (halves[slot] ?? 0) >> 1
    for (let level = 0; level < levels; level++) {
      // The list of half the count is empty by now, or holds the even count that came just before this odd one.
      if (level !== level >> 1) this.#lists.prepend(level, level >> 1)
    }
  }
}
