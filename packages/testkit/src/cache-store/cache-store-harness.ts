import type { AnyCacheStore, CacheStoreCapabilities } from '@holdfast/contracts/cache'

/** What one case works on: made for it, empty, and cleaned up after it. */
export interface CacheStoreFixture {
  readonly store: AnyCacheStore
  /** Lets time pass for the store: moves its fake clock, or waits. */
  advance(byMs: number): Promise<void>
  /** Closes and removes everything that was made for the case. */
  cleanup(): Promise<void>
}

/** How the suite gets cache stores. */
export interface CacheStoreHarness {
  /** What the tests are called by. */
  readonly name: string
  /** Makes an empty store. */
  create(): Promise<CacheStoreFixture>
  /** How long `invalidations` may take to tell of a deletion, in milliseconds of real time. Default 20,000. */
  readonly patienceMs?: number
}

/** What a case is given. */
export interface CacheStoreSubject extends Pick<CacheStoreFixture, 'store' | 'advance'> {
  readonly patienceMs: number
}

/** One rule of the contract of cache stores. */
export interface CacheStoreCase {
  /** The rule, as a sentence about a store. */
  readonly name: string
  /** Capabilities without which the case is skipped. What a store does not claim it must refuse, which is a case of its own. */
  readonly needs?: readonly (keyof CacheStoreCapabilities)[]
  /** Rejects when the store breaks the rule. */
  run(subject: CacheStoreSubject): Promise<void>
}
