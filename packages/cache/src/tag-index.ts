/** Which keys carry which tags. Made when the first entry has one. */
export class TagIndex<K> {
  readonly #keysByTag = new Map<string, Set<K>>()
  readonly #tagsByKey = new Map<K, readonly string[]>()

  /** Gives a key these tags in place of those it had. */
  assign(key: K, tags: readonly string[]): void {
    this.remove(key)
    if (tags.length === 0) return
    this.#tagsByKey.set(key, [...tags])
    for (const tag of tags) {
      const keys = this.#keysByTag.get(tag) ?? new Set()
      this.#keysByTag.set(tag, keys.add(key))
    }
  }

  /** Forgets a key. */
  remove(key: K): void {
    for (const tag of this.#tagsByKey.get(key) ?? []) {
      const keys = this.#keysByTag.get(tag)
      keys?.delete(key)
      if (keys?.size === 0) this.#keysByTag.delete(tag)
    }
    this.#tagsByKey.delete(key)
  }

  /** The keys that carry a tag. */
  keysOf(tag: string): readonly K[] {
    return [...(this.#keysByTag.get(tag) ?? [])]
  }

  /** The tags of a key. */
  tagsOf(key: K): readonly string[] {
    return this.#tagsByKey.get(key) ?? []
  }
}
