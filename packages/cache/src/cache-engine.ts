import type { CacheEntryOptions, CacheStatistics, EvictionCause } from '@holdfast/contracts/cache'
import {
  assertDump,
  type CacheDump,
  type DumpedEntry,
  dumpedOptions,
  dumpFormat,
  restoredOptions,
} from './cache-dump.ts'
import type { CacheSettings } from './cache-options.ts'
import { createPolicy } from './create-policy.ts'
import { Departures } from './departures.ts'
import { assertEntryOptions, assertValue, weightOf } from './entry-options.ts'
import type { EvictionPolicy } from './eviction-policy.ts'
import { Expiry } from './expiry.ts'
import type { InProcessCache } from './in-process-cache.ts'
import { loadMany } from './load-many.ts'
import type { BatchLoader, Loader, LoadOptions } from './load-options.ts'
import { LoadTable } from './load-table.ts'
import { maxEntries, SlotTable } from './slot-table.ts'
import { noEvictions, statisticsOf } from './statistics.ts'
import { Sweeper } from './sweeper.ts'
import { TagIndex } from './tag-index.ts'

const never = Number.POSITIVE_INFINITY
const noLoadOptions: Readonly<Record<string, never>> = {}

/**
 * The synchronous cache. Each entry is a slot, a small integer: one Map leads from keys to slots, and everything else
 * about an entry is in arrays by slot. Arrays that a cache does not need (expiry, weights) are made when the first entry
 * needs them.
 */
export class CacheEngine<K, V> implements InProcessCache<K, V> {
  readonly settings: CacheSettings<K, V>
  readonly #counting: boolean
  /** Twice the slot of each key, and 1 more when the policy need not be told of further uses: what a hit has in hand anyway. */
  #index = new Map<K, number>()
  readonly #slots: SlotTable<K, V>
  /** The values of the slots, at hand for the hot path. */
  readonly #values: (V | undefined)[]
  readonly #policy: EvictionPolicy
  readonly #sweeper: Sweeper
  #expiry: Expiry | undefined
  #tags: TagIndex<K> | undefined
  #loads: LoadTable<K, V> | undefined
  /** Whether an overwrite is nothing but a new value: no entry has a TTL, a weight or tags, no load is known, nobody is told. */
  #isPlain: boolean
  #hits = 0
  #misses = 0
  /** Overwritten in place; a field of its own since it is counted on every overwrite. */
  #replaced = 0
  #left: Record<EvictionCause, number> = noEvictions()
  readonly #departures: Departures<K, V>

  constructor(settings: CacheSettings<K, V>) {
    this.settings = settings
    this.#counting = settings.counting
    this.#departures = new Departures(settings)
    this.#policy = createPolicy(settings.policy, {
      capacity: settings.capacity,
      keyOf: (slot) => this.#slots.keyAt(slot),
      weightOf: (slot) => this.#slots.weightAt(slot),
      listen: (slot) => void this.#index.set(this.#slots.keyAt(slot), slot * 2),
    })
    this.#slots = new SlotTable(this.#policy.reservedSlots, settings.capacity, (length) => {
      this.#policy.grow(length)
      this.#expiry?.grow(length)
    })
    this.#values = this.#slots.values
    this.#sweeper = new Sweeper(settings.clock, () => this.#sweep())
    this.#isPlain =
      settings.ttlMs === never &&
      settings.idleTtlMs === never &&
      settings.weigh === undefined &&
      settings.onEvict === undefined
  }

  get size(): number {
    return this.#index.size
  }

  get(key: K): V | undefined {
    const place = this.#index.get(key)
    if (place === undefined) return this.#missed(undefined)
    const slot = place >> 1
    if (this.#expiry !== undefined && !this.#expiry.touch(slot)) return this.#missed(slot)
    if (this.#counting) this.#hits += 1
    if ((place & 1) === 0) this.#use(key, slot)
    return this.#values[slot]
  }

  peek(key: K): V | undefined {
    const slot = this.#slotOf(key)
    if (slot === undefined || (this.#expiry !== undefined && !this.#expiry.isFresh(slot))) return undefined
    return this.#values[slot]
  }

  has(key: K): boolean {
    return this.peek(key) !== undefined
  }

  set(key: K, value: V, options?: CacheEntryOptions): void {
    if (options === undefined && this.#isPlain && value !== undefined) {
      const place = this.#index.get(key)
      if (place !== undefined) {
        this.#replaced += 1
        this.#values[place >> 1] = value
        if ((place & 1) === 0) this.#use(key, place >> 1)
      } else {
        this.#insert(key, value, undefined, 1, undefined)
        this.#departures.tell()
      }
      return
    }
    assertValue(value)
    if (options !== undefined) assertEntryOptions(options)
    const weight = weightOf(this.settings, key, value, options?.weight)
    this.#loads?.forget(key)
    this.#put(key, value, weight, options, 0, undefined)
    this.#departures.tell()
  }

  delete(key: K): boolean {
    this.#loads?.forget(key)
    const slot = this.#slotOf(key)
    if (slot === undefined) return false
    const wasThere = this.#expiry === undefined || this.#expiry.isFresh(slot)
    this.#remove(slot, wasThere ? 'deleted' : this.#expiredCause(slot))
    this.#departures.tell()
    return wasThere
  }

  deleteByPrefix(prefix: string): number {
    const hasPrefix = (key: unknown): boolean => typeof key === 'string' && key.startsWith(prefix)
    this.#loads?.forgetWhere(hasPrefix)
    return this.#deleteAll([...this.#index.keys()].filter(hasPrefix))
  }

  deleteByTag(tag: string): number {
    this.#loads?.forgetTag(tag)
    return this.#deleteAll(this.#tags?.keysOf(tag) ?? [])
  }

  *entries(): IterableIterator<[K, V]> {
    for (const key of this.#keysInOrder()) {
      const value = this.peek(key)
      if (value !== undefined) yield [key, value]
    }
  }

  dump(): CacheDump<K, V> {
    const entries: DumpedEntry<K, V>[] = []
    this.#policy.forEach((slot) => {
      if (this.#expiry === undefined || this.#expiry.remainingMs(slot) > 0) entries.push(this.#dumped(slot))
    })
    const { policy, clock } = this.settings
    return { format: dumpFormat, policy, dumpedAtMs: clock.wallNow(), entries }
  }

  load(dump: CacheDump<K, V>): number {
    assertDump(dump)
    const elapsedMs = Math.max(0, this.settings.clock.wallNow() - dump.dumpedAtMs)
    for (const entry of dump.entries.toReversed()) {
      const { key, value, graceMs = 0 } = entry
      const options = restoredOptions(entry, elapsedMs)
      assertValue(value)
      assertEntryOptions(options)
      if (options.ttlMs + graceMs <= 0) continue
      this.#loads?.forget(key)
      const weight = weightOf(this.settings, key, value, entry.weight)
      this.#put(key, value, weight, options, graceMs, dump.policy === this.settings.policy ? entry.state : undefined)
    }
    this.#departures.tell()
    return this.#index.size
  }

  getOrLoad<A extends V | undefined>(
    key: K,
    loader: Loader<K, V, A>,
    options?: LoadOptions<V>,
  ): V | A | Promise<V | A> {
    const place = this.#index.get(key)
    if (place !== undefined) {
      const slot = place >> 1
      const expiry = this.#expiry
      if (expiry === undefined || expiry.touch(slot)) {
        if (this.#counting) this.#hits += 1
        if ((place & 1) === 0) this.#use(key, slot)
        // The slot is read before the loader can be called, which may delete its key.
        const value = this.#slots.valueAt(slot)
        const { refreshAheadMs } = options ?? noLoadOptions
        if (refreshAheadMs !== undefined && expiry !== undefined && expiry.freshForMs(slot) <= refreshAheadMs) {
          this.#loadTable().refresh(key, loader, options ?? noLoadOptions)
        }
        return value
      }
      const stale = this.stale(key, options?.staleWhileRevalidateMs ?? 0)
      if (stale !== undefined) {
        if (this.#counting) this.#hits += 1
        this.#use(key, slot)
        this.#loadTable().refresh(key, loader, options ?? noLoadOptions)
        return stale
      }
    }
    this.#missed(this.#slotOf(key))
    return this.#loadTable().load(key, loader, options ?? noLoadOptions)
  }

  getOrLoadMany(keys: Iterable<K>, loader: BatchLoader<K, V>, options: LoadOptions<V> = {}): Promise<Map<K, V>> {
    return loadMany(this, this.#loadTable(), keys, loader, options)
  }

  /** Keeps a loaded value without disturbing loads: for the table of loads, which has seen to it that it may. */
  keep(key: K, value: V, options: CacheEntryOptions, graceMs: number): void {
    assertEntryOptions(options)
    this.#put(key, value, weightOf(this.settings, key, value, options?.weight), options, graceMs, undefined)
    this.#departures.tell()
  }

  /** The value if it is fresh, or expired no longer than `staleMs` ago and still kept. Not counted as anything. */
  stale(key: K, staleMs: number): V | undefined {
    const slot = this.#slotOf(key)
    if (slot === undefined) return undefined
    const expiry = this.#expiry
    const isKept = expiry === undefined || (expiry.freshForMs(slot) > -staleMs && expiry.remainingMs(slot) > 0)
    return isKept ? this.#values[slot] : undefined
  }

  clear(): void {
    this.#loads?.forgetWhere(() => true)
    this.#left.cleared += this.#index.size
    for (const [key, place] of this.#index) this.#departures.add(key, this.#slots.valueAt(place >> 1), 'cleared')
    this.#index = new Map()
    this.#slots.clear()
    this.#policy.cleared()
    this.#expiry = undefined
    this.#tags = undefined
    this.#sweeper.stop()
    this.#departures.tell()
  }

  statistics(): CacheStatistics {
    const evictions = { ...this.#left, replaced: this.#left.replaced + this.#replaced }
    const { capacity } = this.settings
    return statisticsOf({ hits: this.#hits, misses: this.#misses, held: this.#slots.held, capacity, evictions })
  }

  #slotOf(key: K): number | undefined {
    const place = this.#index.get(key)
    return place === undefined ? undefined : place >> 1
  }

  #use(key: K, slot: number): void {
    if (this.#policy.used(slot)) this.#index.set(key, slot * 2 + 1)
  }

  #missed(slot: number | undefined): undefined {
    if (this.#counting) this.#misses += 1
    if (slot === undefined || this.#expiry === undefined || this.#expiry.remainingMs(slot) > 0) return undefined
    this.#remove(slot, this.#expiredCause(slot))
    this.#departures.tell()
    return undefined
  }

  #expiredCause(slot: number): EvictionCause {
    return this.#expiry !== undefined && this.#expiry.freshForMs(slot) > 0 ? 'idle' : 'expired'
  }

  #put(
    key: K,
    value: V,
    weight: number,
    options: CacheEntryOptions | undefined,
    graceMs: number,
    state: number | undefined,
  ): void {
    const existing = this.#slotOf(key)
    const slot =
      existing !== undefined && weight === this.#slots.weightAt(existing) && state === undefined
        ? this.#overwrite(key, existing, value)
        : this.#insert(key, value, existing, weight, state)
    if (slot === undefined) return
    const tags = options?.tags
    if (this.#tags !== undefined || (tags !== undefined && tags.length > 0)) {
      this.#isPlain = false
      this.#tags ??= new TagIndex()
      this.#tags.assign(key, tags ?? [])
    }
    this.#startLife(slot, options, graceMs)
  }

  #overwrite(key: K, slot: number, value: V): number {
    this.#replaced += 1
    this.#departures.add(key, this.#slots.valueAt(slot), 'replaced')
    this.#values[slot] = value
    this.#use(key, slot)
    return slot
  }

  /** Puts a new entry into a slot; undefined when it does not fit. */
  #insert(
    key: K,
    value: V,
    existing: number | undefined,
    weight: number,
    state: number | undefined,
  ): number | undefined {
    if (existing !== undefined) this.#remove(existing, 'replaced')
    const { capacity } = this.settings
    if (weight > capacity) {
      // It never fits: it leaves at once, and what was there under its key is gone as well, since it is out of date.
      this.#left.capacity += 1
      this.#departures.add(key, value, 'capacity')
      return undefined
    }
    while (this.#slots.held + weight > capacity || this.#index.size >= maxEntries) {
      this.#remove(this.#policy.victim(), 'capacity')
    }
    const slot = this.#slots.take(key, value, weight)
    if (weight !== 1) this.#isPlain = false
    this.#index.set(key, slot * 2)
    this.#policy.added(slot, state)
    return slot
  }

  /** Gives the entry its TTLs; one that is over already leaves at once. */
  #startLife(slot: number, options: CacheEntryOptions | undefined, graceMs: number): void {
    const ttlMs = options?.ttlMs ?? this.settings.ttlMs
    const idleTtlMs = options?.idleTtlMs ?? this.settings.idleTtlMs
    if (this.#expiry === undefined && ttlMs === never && idleTtlMs === never) return
    if (this.#expiry === undefined) {
      this.#expiry = new Expiry(this.settings.clock, this.#slots.length)
      this.#isPlain = false
    }
    const jitter = this.settings.ttlJitter
    const jitteredMs = jitter === 0 || ttlMs === never ? ttlMs : ttlMs * (1 - jitter * this.settings.random())
    this.#expiry.start(slot, jitteredMs, graceMs, idleTtlMs)
    if (jitteredMs + graceMs <= 0 || idleTtlMs <= 0) this.#remove(slot, idleTtlMs <= 0 ? 'idle' : 'expired')
    else this.#sweeper.expect(Math.min(jitteredMs + graceMs, idleTtlMs))
  }

  #remove(slot: number, cause: EvictionCause): void {
    this.#left[cause] += 1
    const key = this.#slots.keyAt(slot)
    this.#departures.add(key, this.#slots.valueAt(slot), cause)
    this.#policy.removed(slot)
    this.#index.delete(key)
    this.#tags?.remove(key)
    this.#slots.release(slot)
  }

  #sweep(): number {
    const expiry = this.#expiry
    if (expiry === undefined) return never
    expiry.forgetReading()
    let nextMs = never
    for (const place of this.#index.values()) {
      const slot = place >> 1
      const remainingMs = expiry.remainingMs(slot)
      if (remainingMs <= 0) this.#remove(slot, this.#expiredCause(slot))
      else if (remainingMs < nextMs) nextMs = remainingMs
    }
    this.#departures.tell()
    return nextMs
  }

  #dumped(slot: number): DumpedEntry<K, V> {
    const key = this.#slots.keyAt(slot)
    return {
      key,
      value: this.#slots.valueAt(slot),
      state: this.#policy.stateOf(slot),
      ...dumpedOptions(this.#slots.weightAt(slot), this.#tags?.tagsOf(key) ?? []),
      ...this.#expiry?.dumped(slot),
    }
  }

  #deleteAll(keys: readonly K[]): number {
    let deleted = 0
    for (const key of keys) if (this.delete(key)) deleted += 1
    return deleted
  }

  #keysInOrder(): readonly K[] {
    const keys: K[] = []
    this.#policy.forEach((slot) => {
      keys.push(this.#slots.keyAt(slot))
    })
    return keys
  }

  #loadTable(): LoadTable<K, V> {
    if (this.#loads === undefined) {
      this.#loads = new LoadTable(this)
      this.#isPlain = false
    }
    return this.#loads
  }
}
