import type { CacheStatistics, EvictionCause } from '@holdfast/contracts/cache'

/** What a cache counts. */
export interface CacheCounts {
  readonly hits: number
  readonly misses: number
  readonly held: number
  readonly capacity: number
  readonly evictions: Readonly<Record<EvictionCause, number>>
}

/** The statistics that follow from what was counted. */
export const statisticsOf = ({ hits, misses, held, capacity, evictions }: CacheCounts): CacheStatistics => ({
  hits,
  misses,
  hitRate: hits + misses === 0 ? 0 : hits / (hits + misses),
  size: held,
  capacity,
  utilisation: capacity === 0 ? 0 : held / capacity,
  isFull: held >= capacity,
  evictions: { ...evictions },
})

/** Counts of entries that left, by cause, all 0. */
export const noEvictions = (): Record<EvictionCause, number> => ({
  capacity: 0,
  expired: 0,
  idle: 0,
  deleted: 0,
  replaced: 0,
  cleared: 0,
})
