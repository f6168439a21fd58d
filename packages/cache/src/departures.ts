import type { EvictionCause } from '@holdfast/contracts/cache'
import type { CacheSettings } from './cache-options.ts'
import { evictedChannel } from './diagnostics.ts'
import { nameOfError } from './load-errors.ts'

/**
 * Entries that have left and are still to be told of. They are told of when the cache is consistent again, so that
 * `onEvict` may use it; what leaves because of that is told of by the same loop, in order.
 */
export class Departures<K, V> {
  readonly #settings: CacheSettings<K, V>
  #waiting: Departure<K, V>[] = []
  #isTelling = false

  constructor(settings: CacheSettings<K, V>) {
    this.#settings = settings
  }

  /** Notes an entry that leaves, if anybody wants to know. */
  add(key: K, value: V, cause: EvictionCause): void {
    if (this.#settings.onEvict === undefined && (cause === 'replaced' || !evictedChannel.hasSubscribers)) return
    this.#waiting.push({ key, value, cause })
  }

  /** Tells of what was noted. */
  tell(): void {
    if (this.#waiting.length === 0 || this.#isTelling) return
    this.#isTelling = true
    while (this.#waiting.length > 0) {
      const told = this.#waiting
      this.#waiting = []
      for (const departure of told) this.#tellOne(departure)
    }
    this.#isTelling = false
  }

  #tellOne({ key, value, cause }: Departure<K, V>): void {
    const { onEvict, logger, name } = this.#settings
    if (cause !== 'replaced' && evictedChannel.hasSubscribers) evictedChannel.publish({ cache: name, key, cause })
    try {
      onEvict?.(key, value, cause)
    } catch (error) {
      logger.error({ cache: name, error: nameOfError(error) }, 'onEvict threw')
    }
  }
}

interface Departure<K, V> {
  readonly key: K
  readonly value: V
  readonly cause: EvictionCause
}
