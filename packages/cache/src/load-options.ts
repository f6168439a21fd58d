import { createProblems } from '@holdfast/contracts'
import type { CacheEntryOptions } from '@holdfast/contracts/cache'
import { requireDuration } from './cache-options.ts'

/** What a loader is told. */
export interface LoadContext<V> {
  /** Aborted when nobody waits for the answer any more, or when it takes too long. Made when it is first asked for. */
  readonly signal: AbortSignal
  /** The value that is being replaced, when there still is one; for a conditional request. */
  readonly previous: V | undefined
}

/** Gets the value of a key from where it really is. Undefined means that there is none. */
export type Loader<K, V, A extends V | undefined = V | undefined> = (
  key: K,
  context: LoadContext<V>,
) => A | PromiseLike<A>

/** Gets the values of several keys at once. A key that is not in the answer has none. */
export type BatchLoader<K, V> = (
  keys: readonly K[],
  context: Omit<LoadContext<V>, 'previous'>,
) => ReadonlyMap<K, V> | PromiseLike<ReadonlyMap<K, V>>

/** Options of `getOrLoad`; those of the entry count when a value was loaded. All durations in milliseconds. */
export interface LoadOptions<V = unknown> extends CacheEntryOptions {
  /** Stops waiting: the call rejects at once. The load goes on for the others, and is aborted when nobody else waits. */
  readonly signal?: AbortSignal | undefined
  /** Options that only the loaded value tells, such as the TTL of a token. They win over the others. */
  readonly entry?: ((value: V) => CacheEntryOptions) | undefined
  /** For this long after it expired a value is still answered at once, while it is loaded anew behind the scenes. Default 0. */
  readonly staleWhileRevalidateMs?: number | undefined
  /** For this long after it expired a value is answered when loading it anew fails. Default 0. */
  readonly staleIfErrorMs?: number | undefined
  /** A value that is read in the last part of its life is loaded anew behind the scenes before it expires. Default 0. */
  readonly refreshAheadMs?: number | undefined
  /**
   * How long a failed load, or an answer of undefined, is remembered: until then the same answer is given without
   * loading. Doubled with each one in a row. Default 0: not at all. A load behind the scenes that failed waits at least
   * a second before the next.
   */
  readonly failureTtlMs?: number | undefined
  /** The most `failureTtlMs` is doubled to. Default 60,000. */
  readonly maxFailureTtlMs?: number | undefined
  /** How long a load may take before it is given up with TIMEOUT. Default Infinity. */
  readonly loadTimeoutMs?: number | undefined
}

const durations = [
  'staleWhileRevalidateMs',
  'staleIfErrorMs',
  'refreshAheadMs',
  'failureTtlMs',
  'maxFailureTtlMs',
  'loadTimeoutMs',
] as const

/** Refuses load options that cannot be meant. Looked at when something is loaded, not on a hit. */
export const assertLoadOptions = (options: LoadOptions<never>, operation: string): void => {
  if (durations.every((name) => isDuration(options[name]))) return
  const problems = createProblems('cache', operation)
  for (const name of durations) if (options[name] !== undefined) requireDuration(problems, name, options[name])
  problems.throwIfAny()
}

const isDuration = (value: unknown): boolean =>
  value === undefined || (typeof value === 'number' && !Number.isNaN(value))
