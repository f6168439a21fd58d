import type { Figures } from '../area.ts'
import { bytesInUse } from '../bytes-in-use.ts'

/** Entries in the caches that are weighed. */
const capacity = 100_000
/** Sets that evict before the second weighing, in multiples of the capacity. */
const rounds = 12

interface WeighedCache {
  set(key: string, value: object): unknown
}

/**
 * Bytes that a cache takes for each entry, without keys and values: after it was filled once, and after 12 times as many
 * sets that evict. All keys exist before, so that none of them is counted.
 */
export const bytesPerEntry = (create: (capacity: number) => WeighedCache): Figures => {
  const keys = Array.from({ length: capacity * (rounds + 1) }, (_, index) => `session:${index}`)
  const value = { name: 'Ada' }
  const before = bytesInUse()
  const cache = create(capacity)
  for (let index = 0; index < capacity; index++) cache.set(keys[index] ?? '', value)
  const filled = (bytesInUse() - before) / capacity
  for (let index = capacity; index < keys.length; index++) cache.set(keys[index] ?? '', value)
  const steady = (bytesInUse() - before) / capacity
  cache.set(keys[0] ?? '', value)
  return { 'bytes per entry, filled once': filled, 'bytes per entry, steady state': steady }
}
