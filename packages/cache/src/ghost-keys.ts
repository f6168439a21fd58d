/**
 * Remembers the keys of entries that have left, without their values. Keys go into the younger of two Sets; when it is
 * full it becomes the older one, and the older one is dropped whole. Nothing is ever removed to make room, so no Set
 * fills up with the places of deleted keys: with ghosts kept in the index Map itself a cache grew to 220 bytes per entry.
 */
export class GhostKeys {
  #younger = new Set<unknown>()
  #older = new Set<unknown>()

  /** Adds a key; the younger Set is full when it has `limit` keys. */
  add(key: unknown, limit: number): void {
    if (this.#younger.size >= limit) {
      this.#older = this.#younger
      this.#younger = new Set()
    }
    this.#younger.add(key)
  }

  /** Whether the key is remembered; it is not any more afterwards. */
  take(key: unknown): boolean {
    // `has` is compiled into its caller, `delete` is not, and most keys are in neither.
    if (this.#younger.has(key)) return this.#younger.delete(key)
    return this.#older.has(key) && this.#older.delete(key)
  }

  clear(): void {
    this.#younger = new Set()
    this.#older = new Set()
  }
}
