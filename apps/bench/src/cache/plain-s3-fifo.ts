/**
 * S3-FIFO written straight from the paper (Yang and others, SOSP 2023), with queues that are walked from the front and a
 * ghost queue of exactly as many keys as the main queue holds: what the hit ratios of the cache are held against.
 */
export const createPlainS3Fifo = (capacity: number) => {
  const uses = new Map<number, number>()
  const ghosts = new Map<number, number>()
  const small = createQueue()
  const main = createQueue()
  const ghostQueue = createQueue()
  const smallTarget = Math.max(1, Math.floor(capacity / 10))
  const ghostLimit = capacity - smallTarget
  let sequence = 0

  const rememberGhost = (key: number): void => {
    sequence += 1
    ghosts.set(key, sequence)
    ghostQueue.push(key)
    if (ghostQueue.size() > ghostLimit) {
      const oldest = ghostQueue.shift()
      if ((ghosts.get(oldest) ?? sequence) <= sequence - ghostLimit) ghosts.delete(oldest)
    }
  }
  const evictFromMain = (): void => {
    for (;;) {
      const key = main.shift()
      const count = uses.get(key) ?? 0
      if (count === 0) {
        uses.delete(key)
        return
      }
      uses.set(key, count - 1)
      main.push(key)
    }
  }
  const evict = (): void => {
    while (small.size() >= smallTarget) {
      const key = small.shift()
      if ((uses.get(key) ?? 0) < 2) {
        uses.delete(key)
        rememberGhost(key)
        return
      }
      uses.set(key, 0)
      main.push(key)
    }
    evictFromMain()
  }

  return {
    get(key: number): number | undefined {
      const count = uses.get(key)
      if (count === undefined) return undefined
      if (count < 3) uses.set(key, count + 1)
      return key
    },
    set(key: number): void {
      if (uses.size >= capacity) evict()
      const queue = ghosts.delete(key) ? main : small
      queue.push(key)
      uses.set(key, 0)
    },
  }
}

/** A queue over an array whose front is cut off now and then. */
const createQueue = () => {
  let items: number[] = []
  let front = 0
  return {
    push: (item: number): void => void items.push(item),
    shift(): number {
      const item = items[front]
      if (item === undefined) throw new Error('The queue is empty.')
      front += 1
      if (front > 100_000 && front > items.length / 2) {
        items = items.slice(front)
        front = 0
      }
      return item
    },
    size: (): number => items.length - front,
  }
}
