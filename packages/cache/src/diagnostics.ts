import { channel } from 'node:diagnostics_channel'
import type { EvictionCause } from '@holdfast/contracts/cache'

/** Published on `holdfast.cache.evicted` when an entry leaves, except when it is replaced. */
export interface CacheEvictedEvent {
  /** The `name` of the cache. */
  readonly cache: string
  readonly key: unknown
  readonly cause: EvictionCause
}

/** How a load ended: `discarded` is one whose key was set or deleted meanwhile, `stale` one that failed and was answered with an expired value. */
export type LoadOutcome = 'loaded' | 'absent' | 'failed' | 'stale' | 'discarded'

/** Published on `holdfast.cache.loaded` when a load has settled. Never a value. */
export interface CacheLoadedEvent {
  readonly cache: string
  readonly key: unknown
  readonly outcome: LoadOutcome
  readonly durationMs: number
  /** Name of the error's class, when the load failed. */
  readonly error?: string
}

/** Agents subscribe by these names, without configuration; with no subscriber no event is built. */
export const evictedChannel = channel('holdfast.cache.evicted')
export const loadedChannel = channel('holdfast.cache.loaded')
