import { HoldfastError } from '@holdfast/contracts'
import type { Cache, EvictionCause } from '@holdfast/contracts/cache'
import type { CacheHarnessOptions } from '../src/index.ts'

interface Entry {
  readonly value: unknown
  readonly weight: number
  readonly expiresAt: number
  readonly idleTtlMs: number
  idleAt: number
}

/** The least code that keeps the contract of caches: a Map whose oldest entries leave first. */
export const createMapCache = ({ capacity, clock, ...defaults }: CacheHarnessOptions): Cache<string, unknown> => {
  const entries = new Map<string, Entry>()
  const evictions = { capacity: 0, expired: 0, idle: 0, deleted: 0, replaced: 0, cleared: 0 }
  let hits = 0
  let misses = 0

  const remove = (key: string, cause: EvictionCause): boolean => {
    const removed = entries.delete(key)
    if (removed) evictions[cause] += 1
    return removed
  }
  const live = (key: string): Entry | undefined => {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    const now = clock.monotonicNow()
    if (now >= entry.expiresAt) return void remove(key, 'expired')
    if (now >= entry.idleAt) return void remove(key, 'idle')
    return entry
  }
  const weight = (): number => [...entries.values()].reduce((sum, entry) => sum + entry.weight, 0)

  return {
    get(key) {
      const entry = live(key)
      if (entry === undefined) misses += 1
      else {
        hits += 1
        entry.idleAt = clock.monotonicNow() + entry.idleTtlMs
      }
      return entry?.value
    },
    peek: (key) => live(key)?.value,
    has: (key) => live(key) !== undefined,
    set(key, value, options = {}) {
      const { ttlMs = defaults.ttlMs ?? Infinity, idleTtlMs = defaults.idleTtlMs ?? Infinity } = options
      const { weight: own = 1 } = options
      if (Number.isNaN(ttlMs) || Number.isNaN(idleTtlMs)) {
        const problem = {
          message: 'set was given no number.',
          hint: 'Give one.',
          source: 'map-cache',
          operation: 'set',
        }
        throw new HoldfastError({ code: 'INVALID_ARGUMENT', ...problem })
      }
      live(key)
      remove(key, 'replaced')
      if (own > capacity || ttlMs <= 0) return
      const now = clock.monotonicNow()
      for (const oldest of [...entries.keys()]) if (weight() + own > capacity) remove(oldest, 'capacity')
      entries.set(key, { value, weight: own, expiresAt: now + ttlMs, idleTtlMs, idleAt: now + idleTtlMs })
    },
    delete(key) {
      live(key)
      return remove(key, 'deleted')
    },
    clear() {
      for (const key of [...entries.keys()]) remove(key, 'cleared')
    },
    get size() {
      return entries.size
    },
    statistics: () => ({
      hits,
      misses,
      hitRate: hits + misses === 0 ? 0 : hits / (hits + misses),
      size: weight(),
      capacity,
      utilisation: capacity === 0 ? 0 : weight() / capacity,
      isFull: weight() >= capacity,
      evictions: { ...evictions },
    }),
  }
}
