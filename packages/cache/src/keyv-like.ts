/** What is needed of a Keyv, version 6. Described here, so that this package does not depend on Keyv. */
export interface KeyvLike {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown, ttl?: number): Promise<unknown>
  delete(key: string): Promise<boolean>
  clear(): Promise<void>
  disconnect?(): Promise<void>
}

/** One entry of `setMany`. */
export interface KeyvStoreEntry {
  readonly key: string
  readonly value: unknown
  readonly ttl?: number | undefined
}

/** A store as Keyv takes it: `new Keyv({ store })`. TTLs are in milliseconds. */
export interface KeyvStore {
  /** Set by Keyv. Keys of other namespaces are neither seen nor cleared. */
  namespace: string | undefined
  get(key: string): Promise<unknown>
  set(key: string, value: unknown, ttl?: number): Promise<boolean>
  delete(key: string): Promise<boolean>
  clear(): Promise<void>
  has(key: string): Promise<boolean>
  getMany(keys: readonly string[]): Promise<unknown[]>
  setMany(entries: readonly KeyvStoreEntry[]): Promise<boolean[]>
  deleteMany(keys: readonly string[]): Promise<boolean[]>
  hasMany(keys: readonly string[]): Promise<boolean[]>
  disconnect(): Promise<void>
}
