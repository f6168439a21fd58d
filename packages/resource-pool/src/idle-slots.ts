import type { Slot } from './slot.ts'

/** The slots that are free, linked in the order in which they will be used. */
export class IdleSlots<T> {
  /** The next one to be used. Written by the pool's own quick path too, when the last to come is the first to go. */
  first: Slot<T> | undefined = undefined
  /** Known only where slots are put at the end. */
  #last: Slot<T> | undefined
  readonly #isLifo: boolean

  constructor(order: 'lifo' | 'fifo' | 'adaptive') {
    this.#isLifo = order !== 'fifo'
  }

  /** Removes the next one to be used. */
  take(): Slot<T> | undefined {
    const slot = this.first
    if (slot === undefined) return undefined
    this.first = slot.next
    slot.next = undefined
    return slot
  }

  push(slot: Slot<T>): void {
    if (this.#isLifo) {
      slot.next = this.first
      this.first = slot
    } else this.#append(slot)
  }

  /** Makes a slot the next one to be used. */
  promote(chosen: Slot<T> | undefined): void {
    if (chosen === undefined || chosen === this.first) return
    for (const slot of this) {
      if (slot.next !== chosen) continue
      slot.next = chosen.next
      if (this.#last === chosen) this.#last = slot
      break
    }
    chosen.next = this.first
    this.first = chosen
  }

  /** Removes those for which `leaves` says yes and answers them, asking in the order in which they became free. */
  extract(leaves: (slot: Slot<T>) => boolean): readonly Slot<T>[] {
    const slots = this.#isLifo ? [...this].reverse() : [...this]
    const left = slots.filter(leaves)
    if (left.length === 0) return left
    const gone = new Set(left)
    this.first = undefined
    for (const slot of slots) {
      slot.next = undefined
      if (!gone.has(slot)) this.push(slot)
    }
    return left
  }

  *[Symbol.iterator](): Generator<Slot<T>> {
    for (let slot = this.first; slot !== undefined; slot = slot.next) yield slot
  }

  #append(slot: Slot<T>): void {
    if (this.first === undefined) this.first = slot
    else if (this.#last !== undefined) this.#last.next = slot
    this.#last = slot
  }
}
