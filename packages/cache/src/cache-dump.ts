import { HoldfastError } from '@holdfast/contracts'
import type { CacheEntryOptions } from '@holdfast/contracts/cache'

/** The format that `dump` writes and `load` takes. */
export const dumpFormat = 1

/** One entry of a {@link CacheDump}. What is absent does not apply to it. */
export interface DumpedEntry<K, V> {
  readonly key: K
  readonly value: V
  /** What the policy knows about the entry, in its own terms. */
  readonly state: number
  readonly weight?: number
  /** Milliseconds for which it was still fresh. */
  readonly ttlMs?: number
  /** Milliseconds for which a stale value may be answered after that. */
  readonly graceMs?: number
  readonly idleTtlMs?: number
  readonly tags?: readonly string[]
}

/** What a cache held at one moment, as plain data: JSON when keys and values are. */
export interface CacheDump<K = string, V = unknown> {
  readonly format: typeof dumpFormat
  readonly policy: string
  /** Wall time in milliseconds since 1970. */
  readonly dumpedAtMs: number
  /** The entry that the policy would keep longest first. */
  readonly entries: readonly DumpedEntry<K, V>[]
}

/** Refuses what is not a dump, or one of another format. */
export const assertDump = (dump: unknown): void => {
  const isDump =
    typeof dump === 'object' &&
    dump !== null &&
    Reflect.get(dump, 'format') === dumpFormat &&
    Number.isFinite(Reflect.get(dump, 'dumpedAtMs')) &&
    Array.isArray(Reflect.get(dump, 'entries'))
  if (isDump) return
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    source: 'cache',
    operation: 'load',
    message: `What was given to load is not a dump of format ${dumpFormat}.`,
    hint: 'Give it what dump() answered, unchanged; start with an empty cache when the file is older than this version.',
  })
}

/** Weight and tags of an entry in a dump, where they are not the usual ones. */
export const dumpedOptions = (
  weight: number,
  tags: readonly string[],
): Pick<DumpedEntry<unknown, unknown>, 'weight' | 'tags'> => ({
  ...(weight === 1 ? {} : { weight }),
  ...(tags.length === 0 ? {} : { tags }),
})

/** What an entry of a dump is put back with, `elapsedMs` after the dump was made. */
export const restoredOptions = (
  { ttlMs = Number.POSITIVE_INFINITY, idleTtlMs = Number.POSITIVE_INFINITY, tags }: DumpedEntry<unknown, unknown>,
  elapsedMs: number,
): CacheEntryOptions & { readonly ttlMs: number } => ({ ttlMs: ttlMs - elapsedMs, idleTtlMs, tags })
