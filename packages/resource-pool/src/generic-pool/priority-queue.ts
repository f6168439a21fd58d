/** Items in the order of their priority, 0 first, and of their arrival within one. */
export interface PriorityQueue<T> {
  readonly size: number
  /** A priority that is out of range is the last. */
  add(item: T, priority: number | undefined): void
  next(): T | undefined
  remove(item: T): boolean
}

/** Makes a {@link PriorityQueue} with so many priorities. */
export const createPriorityQueue = <T>(priorities: number): PriorityQueue<T> => {
  // Sets keep the order of arrival and remove without a search.
  const queues = Array.from({ length: priorities }, () => new Set<T>())
  const last = priorities - 1
  return {
    get size() {
      return queues.reduce((sum, queue) => sum + queue.size, 0)
    },
    add(item, priority = last) {
      const isInRange = Number.isInteger(priority) && priority >= 0 && priority <= last
      queues[isInRange ? priority : last]?.add(item)
    },
    next() {
      for (const queue of queues) {
        for (const item of queue) {
          queue.delete(item)
          return item
        }
      }
      return undefined
    },
    remove: (item) => queues.some((queue) => queue.delete(item)),
  }
}
