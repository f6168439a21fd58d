import type { Cache, CacheEntryOptions, CacheStatistics, EvictionCause } from '@holdfast/contracts/cache'
import type { CacheSettings } from './cache-options.ts'
import { CoarseClock } from './coarse-clock.ts'
import { assertEntryOptions, assertValue, assertWeight } from './entry-options.ts'
import type { EvictionPolicy } from './eviction-policy.ts'
import { Expiry } from './expiry.ts'
import { LruPolicy } from './lru-policy.ts'
import { S3FifoPolicy } from './s3-fifo-policy.ts'
import { Sweeper } from './sweeper.ts'

/**
 * Most entries a cache can hold. A Map of V8 takes 2^24 keys and counts the places of deleted ones until it is rebuilt;
 * with half of them it always finds room.
 */
const maxEntries = 2 ** 23

const never = Number.POSITIVE_INFINITY

/**
 * The synchronous cache. Each entry is a slot, a small integer: one Map leads from keys to slots, and everything else
 * about an entry is in arrays by slot. Arrays that a cache does not need (expiry, weights) are made when the first entry
 * needs them.
 */
export class CacheEngine<K, V> implements Cache<K, V> {
  readonly #settings: CacheSettings<K, V>
  readonly #counting: boolean
  #index = new Map<K, number>()
  #keys: (K | undefined)[] = []
  #values: (V | undefined)[] = []
  #free: number[] = []
  #length: number
  readonly #policy: EvictionPolicy
  #weights: number[] | undefined
  #held = 0
  readonly #coarseClock: CoarseClock
  readonly #sweeper: Sweeper
  #expiry: Expiry | undefined
  #hits = 0
  #misses = 0
  #left: Record<EvictionCause, number> = noEvictions()
  readonly #departures: Departure<K, V>[] = []
  #telling = false

  constructor(settings: CacheSettings<K, V>) {
    this.#settings = settings
    this.#counting = settings.counting
    const host = {
      capacity: settings.capacity,
      keyOf: (slot: number): unknown => this.#keys[slot],
      weightOf: (slot: number): number => this.#weights?.[slot] ?? 1,
    }
    this.#policy = settings.policy === 'lru' ? new LruPolicy() : new S3FifoPolicy(host)
    this.#length = this.#policy.reservedSlots
    this.#coarseClock = new CoarseClock(settings.clock)
    this.#sweeper = new Sweeper(settings.clock, () => this.#sweep())
    this.#reset()
  }

  get size(): number {
    return this.#index.size
  }

  get(key: K): V | undefined {
    const slot = this.#index.get(key)
    if (slot === undefined || (this.#expiry !== undefined && !this.#expiry.touch(slot))) return this.#missed(slot)
    if (this.#counting) this.#hits += 1
    this.#policy.used(slot)
    return this.#values[slot]
  }

  peek(key: K): V | undefined {
    const slot = this.#index.get(key)
    if (slot === undefined || (this.#expiry !== undefined && !this.#expiry.isFresh(slot))) return undefined
    return this.#values[slot]
  }

  has(key: K): boolean {
    return this.peek(key) !== undefined
  }

  set(key: K, value: V, options?: CacheEntryOptions): void {
    assertValue(value)
    if (options !== undefined) assertEntryOptions(options)
    const weight = this.#weightOf(key, value, options)
    const existing = this.#index.get(key)
    const slot =
      existing !== undefined && weight === (this.#weights?.[existing] ?? 1)
        ? this.#overwrite(existing, value)
        : this.#insert(key, value, existing, weight)
    if (slot !== undefined) this.#startLife(slot, options)
    if (this.#departures.length > 0) this.#tell()
  }

  delete(key: K): boolean {
    const slot = this.#index.get(key)
    if (slot === undefined) return false
    const wasThere = this.#expiry === undefined || this.#expiry.isFresh(slot)
    this.#remove(slot, wasThere ? 'deleted' : this.#expiredCause(slot))
    if (this.#departures.length > 0) this.#tell()
    return wasThere
  }

  clear(): void {
    this.#left.cleared += this.#index.size
    if (this.#settings.onEvict !== undefined) {
      for (const [key, slot] of this.#index)
        this.#departures.push({ key, value: this.#valueAt(slot), cause: 'cleared' })
    }
    this.#reset()
    if (this.#departures.length > 0) this.#tell()
  }

  statistics(): CacheStatistics {
    const { capacity } = this.#settings
    const reads = this.#hits + this.#misses
    return {
      hits: this.#hits,
      misses: this.#misses,
      hitRate: reads === 0 ? 0 : this.#hits / reads,
      size: this.#held,
      capacity,
      utilisation: capacity === 0 ? 0 : this.#held / capacity,
      isFull: this.#held >= capacity,
      evictions: { ...this.#left },
    }
  }

  #missed(slot: number | undefined): undefined {
    if (this.#counting) this.#misses += 1
    if (slot !== undefined) this.#removeIfGone(slot)
    return undefined
  }

  #removeIfGone(slot: number): void {
    if (this.#expiry === undefined || this.#expiry.remainingMs(slot) > 0) return
    this.#remove(slot, this.#expiredCause(slot))
    if (this.#departures.length > 0) this.#tell()
  }

  #expiredCause(slot: number): EvictionCause {
    return this.#expiry !== undefined && this.#expiry.freshForMs(slot) > 0 ? 'idle' : 'expired'
  }

  #weightOf(key: K, value: V, options: CacheEntryOptions | undefined): number {
    const given = options?.weight ?? this.#settings.weigh?.(value, key)
    if (given === undefined) return 1
    assertWeight(given)
    const weight = Math.max(1, Math.ceil(given))
    if (weight !== 1) this.#weights ??= []
    return weight
  }

  #overwrite(slot: number, value: V): number {
    this.#left.replaced += 1
    if (this.#settings.onEvict !== undefined) this.#depart(slot, 'replaced')
    this.#values[slot] = value
    this.#policy.used(slot)
    return slot
  }

  /** Puts a new entry into a slot; undefined when it does not fit. */
  #insert(key: K, value: V, existing: number | undefined, weight: number): number | undefined {
    if (existing !== undefined) this.#remove(existing, 'replaced')
    const { capacity, onEvict } = this.#settings
    if (weight > capacity) {
      // It never fits: it leaves at once, and what was there under its key is gone as well, since it is out of date.
      this.#left.capacity += 1
      if (onEvict !== undefined) this.#departures.push({ key, value, cause: 'capacity' })
      return undefined
    }
    while (this.#held + weight > capacity || this.#index.size >= maxEntries) {
      this.#remove(this.#policy.victim(), 'capacity')
    }
    const slot = this.#free.pop() ?? this.#nextSlot()
    this.#keys[slot] = key
    this.#values[slot] = value
    if (this.#weights !== undefined) this.#weights[slot] = weight
    this.#held += weight
    this.#index.set(key, slot)
    this.#policy.added(slot, undefined)
    return slot
  }

  #nextSlot(): number {
    const slot = this.#keys.length
    if (slot >= this.#length) {
      const most = Math.min(this.#settings.capacity, maxEntries) + this.#policy.reservedSlots
      this.#length = Math.min(Math.max(16, this.#length * 2), most)
      this.#policy.grow(this.#length)
      this.#expiry?.grow(this.#length)
    }
    return slot
  }

  /** Gives the entry its TTLs; one that is over already leaves at once. */
  #startLife(slot: number, options: CacheEntryOptions | undefined): void {
    const ttlMs = options?.ttlMs ?? this.#settings.ttlMs
    const idleTtlMs = options?.idleTtlMs ?? this.#settings.idleTtlMs
    if (this.#expiry === undefined && ttlMs === never && idleTtlMs === never) return
    this.#expiry ??= new Expiry(this.#coarseClock, this.#length)
    const jitter = this.#settings.ttlJitter
    const jitteredMs = jitter === 0 || ttlMs === never ? ttlMs : ttlMs * (1 - jitter * this.#settings.random())
    this.#expiry.start(slot, jitteredMs, 0, idleTtlMs)
    if (ttlMs <= 0 || idleTtlMs <= 0) this.#remove(slot, ttlMs <= 0 ? 'expired' : 'idle')
    else this.#sweeper.expect(Math.min(jitteredMs, idleTtlMs))
  }

  #remove(slot: number, cause: EvictionCause): void {
    this.#left[cause] += 1
    if (this.#settings.onEvict !== undefined) this.#depart(slot, cause)
    this.#policy.removed(slot)
    this.#held -= this.#weights?.[slot] ?? 1
    this.#index.delete(this.#keyAt(slot))
    this.#keys[slot] = undefined
    this.#values[slot] = undefined
    this.#free.push(slot)
  }

  #sweep(): number {
    const expiry = this.#expiry
    if (expiry === undefined) return never
    let nextMs = never
    for (const slot of this.#index.values()) {
      const remainingMs = expiry.remainingMs(slot)
      if (remainingMs <= 0) this.#remove(slot, this.#expiredCause(slot))
      else if (remainingMs < nextMs) nextMs = remainingMs
    }
    if (this.#departures.length > 0) this.#tell()
    return nextMs
  }

  #depart(slot: number, cause: EvictionCause): void {
    this.#departures.push({ key: this.#keyAt(slot), value: this.#valueAt(slot), cause })
  }

  /** Tells `onEvict` what left. Entries that leave because of what it does are told of by the loop that is running already. */
  #tell(): void {
    const { onEvict, logger, name } = this.#settings
    if (this.#telling) return
    this.#telling = true
    for (let next = this.#departures.shift(); next !== undefined; next = this.#departures.shift()) {
      try {
        onEvict?.(next.key, next.value, next.cause)
      } catch (error) {
        logger.error({ cache: name, error: error instanceof Error ? error.name : typeof error }, 'onEvict threw')
      }
    }
    this.#telling = false
  }

  #reset(): void {
    const { reservedSlots } = this.#policy
    this.#index = new Map()
    this.#keys = new Array<undefined>(reservedSlots).fill(undefined)
    this.#values = new Array<undefined>(reservedSlots).fill(undefined)
    this.#free = []
    this.#weights = undefined
    this.#held = 0
    this.#policy.cleared()
    this.#sweeper.stop()
  }

  #keyAt(slot: number): K {
    // The slot is in use, so its key was put there by #insert.
    return this.#keys[slot] as K
  }

  #valueAt(slot: number): V {
    // The slot is in use, so its value was put there by #insert or #overwrite.
    return this.#values[slot] as V
  }
}

interface Departure<K, V> {
  readonly key: K
  readonly value: V
  readonly cause: EvictionCause
}

const noEvictions = (): Record<EvictionCause, number> => ({
  capacity: 0,
  expired: 0,
  idle: 0,
  deleted: 0,
  replaced: 0,
  cleared: 0,
})
