/** Something that has to be looked at at a moment. It is in one queue at most. */
export interface Due {
  /** When, on the monotonic clock. Written by the queue. */
  dueAt: number
  /** Where it is in the queue; -1: not at all. Written by the queue. */
  position: number
}

/**
 * Keeps thousands of things in the order in which they fall due, so that one timer is enough for all: a binary heap in
 * which each knows its place, and is moved or taken out in a logarithm of steps.
 */
export class DueQueue<T extends Due> {
  readonly #heap: T[] = []

  get size(): number {
    return this.#heap.length
  }

  /** The one that is due first. */
  get first(): T | undefined {
    return this.#heap[0]
  }

  /** Puts it in, or moves it to another time. */
  set(item: T, dueAt: number): void {
    item.dueAt = dueAt
    if (item.position === -1) item.position = this.#heap.push(item) - 1
    this.#settle(item)
  }

  /** Takes it out; does nothing when it is not in. */
  delete(item: T): void {
    const { position } = item
    const last = position === -1 ? undefined : this.#heap.pop()
    item.position = -1
    if (last === undefined || last === item) return
    this.#put(last, position)
    this.#settle(last)
  }

  /** Takes out everything that is due by then, the earliest first. */
  takeDue(now: number): T[] {
    const due: T[] = []
    for (let first = this.first; first !== undefined && first.dueAt <= now; first = this.first) {
      this.delete(first)
      due.push(first)
    }
    return due
  }

  #put(item: T, position: number): void {
    this.#heap[position] = item
    item.position = position
  }

  #settle(item: T): void {
    for (
      let parent = this.#above(item);
      parent !== undefined && parent.dueAt > item.dueAt;
      parent = this.#above(item)
    ) {
      this.#swap(item, parent)
    }
    for (let child = this.#below(item); child !== undefined && child.dueAt < item.dueAt; child = this.#below(item)) {
      this.#swap(item, child)
    }
  }

  #swap(one: T, other: T): void {
    const { position } = one
    this.#put(one, other.position)
    this.#put(other, position)
  }

  #above({ position }: T): T | undefined {
    return position === 0 ? undefined : this.#heap[(position - 1) >> 1]
  }

  /** The earlier of its two children. */
  #below({ position }: T): T | undefined {
    const left = this.#heap[2 * position + 1]
    const right = this.#heap[2 * position + 2]
    return right !== undefined && left !== undefined && right.dueAt < left.dueAt ? right : left
  }
}
