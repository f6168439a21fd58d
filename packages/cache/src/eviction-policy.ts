/** What a policy may ask of the cache it works for. */
export interface PolicyHost {
  /** The most the cache may hold, in weight. */
  readonly capacity: number
  keyOf(slot: number): unknown
  /** Tell `used` of this slot again, after it answered that it need not be told. */
  listen(slot: number): void
  weightOf(slot: number): number
}

/**
 * Decides which entry leaves when there is no room. It knows entries only as slots: small integers that the cache gives
 * out and takes back. Slots below `reservedSlots` are the policy's own (the heads of its lists).
 */
export interface EvictionPolicy {
  readonly reservedSlots: number
  /** Makes room for slots below `length`. */
  grow(length: number): void
  /** A slot has come in. `state` is what `stateOf` said of the entry in an earlier life (a dump), when there was one. */
  added(slot: number, state: number | undefined): void
  /**
   * A slot was read or overwritten. The hot path of every hit. Answers whether further uses change nothing, so that it
   * need not be told of them until it says `listen`.
   */
  used(slot: number): boolean
  /** A slot is leaving, whatever the cause. */
  removed(slot: number): void
  /** The slot that should leave for want of room. The cache holds at least one; it calls `removed` next. */
  victim(): number
  /** Everything has left. */
  cleared(): void
  /** Calls `visit` with each slot, the one that would be kept longest first. */
  forEach(visit: (slot: number) => void): void
  /** What the policy knows about an entry, as one number that `added` takes back. */
  stateOf(slot: number): number
}
