/**
 * Most entries a cache can hold. A Map of V8 takes 2^24 keys and counts the places of deleted ones until it is rebuilt;
 * with half of them it always finds room.
 */
export const maxEntries = 2 ** 23

/**
 * The entries of a cache by slot. A slot is a small integer that is given out when an entry comes in and used again when
 * it has left, so everything about entries can be kept in arrays.
 */
export class SlotTable<K, V> {
  readonly keys: (K | undefined)[] = []
  readonly values: (V | undefined)[] = []
  /** The sum of the weights of all entries. */
  held = 0
  readonly #reserved: number
  readonly #most: number
  readonly #onGrow: (length: number) => void
  readonly #free: number[] = []
  /** Absent as long as every entry weighs 1. */
  #weights: number[] | undefined
  #length: number

  /** The first `reserved` slots are not given out; `onGrow` is told before a slot is given out that arrays by slot have no room for. */
  constructor(reserved: number, capacity: number, onGrow: (length: number) => void) {
    this.#reserved = reserved
    this.#most = reserved + Math.min(capacity, maxEntries)
    this.#length = reserved
    this.#onGrow = onGrow
    this.clear()
  }

  /** How long arrays by slot have to be. */
  get length(): number {
    return this.#length
  }

  /** Whether some entry has had another weight than 1. */
  get isWeighted(): boolean {
    return this.#weights !== undefined
  }

  /** Puts an entry into a free slot. */
  take(key: K, value: V, weight: number): number {
    const slot = this.#free.pop() ?? this.keys.length
    if (slot >= this.#length) {
      this.#length = Math.min(Math.max(16, this.#length * 2), this.#most)
      this.#onGrow(this.#length)
    }
    this.keys[slot] = key
    this.values[slot] = value
    if (weight !== 1) this.#weights ??= new Array<number>(this.keys.length).fill(1)
    if (this.#weights !== undefined) this.#weights[slot] = weight
    this.held += weight
    return slot
  }

  /** Frees a slot. */
  release(slot: number): void {
    this.held -= this.weightAt(slot)
    this.keys[slot] = undefined
    this.values[slot] = undefined
    this.#free.push(slot)
  }

  /** Frees every slot. */
  clear(): void {
    this.held = 0
    this.#weights = undefined
    this.#free.length = 0
    for (const array of [this.keys, this.values]) {
      array.length = 0
      for (let slot = 0; slot < this.#reserved; slot++) array.push(undefined)
    }
  }

  weightAt(slot: number): number {
    return this.#weights === undefined ? 1 : (this.#weights[slot] ?? 1)
  }

  keyAt(slot: number): K {
    // The slot is in use, so its key was put there by take.
    return this.keys[slot] as K
  }

  valueAt(slot: number): V {
    // The slot is in use, so its value was put there by take, or over it by the cache.
    return this.values[slot] as V
  }
}
