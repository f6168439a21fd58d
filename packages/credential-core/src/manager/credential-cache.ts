import {
  abortable,
  type CallOptions,
  type Clock,
  HoldfastError,
  type Logger,
  type SecretValue,
} from '@holdfast/contracts'
import type { Cache, CacheStatistics } from '@holdfast/contracts/cache'
import type { KindDefinition } from '../kinds/credential-kind.ts'
import type { Audit } from './audit.ts'
import type { Credential } from './credential.ts'

/** How a manager's cache is doing. */
export interface CredentialCacheStatistics extends CacheStatistics {
  /** False when the manager was made without a cache: every number is 0 then. */
  readonly isEnabled: boolean
  /** How often the cache threw and was bypassed. */
  readonly failures: number
}

/** Opened credentials kept in this process, and the reads that are under way to fill it. */
export interface CredentialCache {
  readonly isEnabled: boolean
  /** The entry, if it is there and has not expired. Say `countHit` when it is used; `load` counts the misses. */
  find(id: string): CacheEntry | undefined
  countHit(): void
  /** Reads a credential once for everybody who asks meanwhile, and keeps it unless it was invalidated during the read. */
  load(id: string, fetch: (options: CallOptions) => Promise<Credential>, options: CallOptions): Promise<Credential>
  /** Forgets a credential. A read of it that is under way still answers its callers and is not kept. */
  invalidate(id: string): void
  invalidateAll(): void
  statistics(): CredentialCacheStatistics
}

/** A kept credential. A class, so that what somebody else put into the same cache is not taken for one. */
export class CacheEntry {
  readonly owner: object
  readonly credential: Credential
  /** Resolved with the credential: handing out one promise for all hits saves making one for each. */
  readonly promise: Promise<Credential>
  readonly expiresAtMs: number
  /** The kind it was last read as by reference, and what came out of that. */
  typedKind: KindDefinition | undefined = undefined
  typedPromise: Promise<Credential> | undefined = undefined

  constructor(owner: object, credential: Credential) {
    this.owner = owner
    this.credential = credential
    this.promise = Promise.resolve(credential)
    const { expiresAt } = credential.metadata
    this.expiresAtMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)
  }

  /** Remembers what the credential is when read as `kind`. */
  keepTyped<T extends SecretValue>(kind: KindDefinition<T>, credential: Credential<T>): void {
    this.typedKind = kind
    this.typedPromise = Promise.resolve(credential)
  }
}

interface Load {
  readonly result: Promise<Credential>
  readonly abort: AbortController
  waiters: number
  isSettled: boolean
}

/** What {@link createCredentialCache} needs. */
export interface CredentialCacheOptions {
  readonly cache: Cache | undefined
  readonly ttlMs: number
  readonly clock: Clock
  readonly audit: Audit
  readonly logger: Logger
}

/** Makes the cache-aside part of a manager. Without a cache every read goes to the storage and the methods do nothing. */
export const createCredentialCache = ({
  cache,
  ttlMs,
  clock,
  audit,
  logger,
}: CredentialCacheOptions): CredentialCache => {
  // Entries carry the owner of their time. A new one disowns them all, when the cache failed to forget one of them.
  let owner = {}
  const loads = new Map<string, Load>()
  let hits = 0
  let misses = 0
  let failures = 0

  const failed = (operation: string, error: unknown): void => {
    failures += 1
    const name = error instanceof Error ? error.name : typeof error
    logger.error({ operation, error: name }, 'the cache failed and was bypassed')
    audit.hub.emit('cache.failed', () => ({ ...audit.stamp(undefined), operation, error: name }))
  }

  const keep = (id: string, credential: Credential): void => {
    if (cache === undefined) return
    const entry = new CacheEntry(owner, credential)
    const remainingMs = entry.expiresAtMs - clock.wallNow()
    if (!(remainingMs > 0)) return
    try {
      cache.set(id, entry, { ttlMs: Math.min(ttlMs, remainingMs) })
    } catch (error) {
      failed('set', error)
    }
  }

  const forget = (id: string): void => {
    try {
      cache?.delete(id)
    } catch (error) {
      owner = {}
      failed('delete', error)
    }
  }

  const begin = (id: string, fetch: (options: CallOptions) => Promise<Credential>): Load => {
    const abort = new AbortController()
    const result = fetch({ signal: abort.signal }).then(
      (credential) => {
        load.isSettled = true
        // Only while this is still the read that callers would be sent to: an invalidation has taken it away otherwise.
        if (loads.get(id) === load) {
          loads.delete(id)
          keep(id, credential)
        }
        return credential
      },
      (error: unknown) => {
        load.isSettled = true
        if (loads.get(id) === load) loads.delete(id)
        throw error
      },
    )
    // Every waiter may have left by the time it fails.
    result.catch(() => {})
    const load: Load = { result, abort, waiters: 0, isSettled: false }
    loads.set(id, load)
    return load
  }

  const leave = (id: string, load: Load): void => {
    load.waiters -= 1
    if (load.waiters > 0 || load.isSettled) return
    if (loads.get(id) === load) loads.delete(id)
    load.abort.abort()
  }

  return {
    isEnabled: cache !== undefined,
    find(id) {
      if (cache === undefined) return undefined
      let found: unknown
      try {
        found = cache.get(id)
      } catch (error) {
        failed('get', error)
        return undefined
      }
      if (!(found instanceof CacheEntry) || found.owner !== owner) return undefined
      if (found.expiresAtMs !== Number.POSITIVE_INFINITY && clock.wallNow() >= found.expiresAtMs) {
        forget(id)
        return undefined
      }
      return found
    },
    countHit() {
      hits += 1
    },
    async load(id, fetch, options) {
      misses += 1
      const load = loads.get(id) ?? begin(id, fetch)
      load.waiters += 1
      try {
        return await untilDeadline(load.result, options, clock)
      } finally {
        leave(id, load)
      }
    },
    invalidate(id) {
      loads.delete(id)
      forget(id)
    },
    invalidateAll() {
      loads.clear()
      try {
        cache?.clear()
      } catch (error) {
        owner = {}
        failed('clear', error)
      }
    },
    statistics() {
      const base = readStatistics(cache, failed)
      const reads = hits + misses
      return {
        ...base,
        isEnabled: cache !== undefined,
        hits,
        misses: cache === undefined ? 0 : misses,
        hitRate: reads === 0 ? 0 : hits / reads,
        failures,
      }
    },
  }
}

const callSite = { source: 'credential-core', operation: 'retrieve' }

/** Answers like the shared read, unless this caller's own signal or deadline comes first. */
const untilDeadline = async <T>(work: Promise<T>, { signal, deadline }: CallOptions, clock: Clock): Promise<T> => {
  if (deadline === undefined) return abortable(work, signal, callSite)
  const timeout = new AbortController()
  const timer = clock.setTimer(() => timeout.abort(deadlineExceeded()), deadline - clock.monotonicNow())
  try {
    return await abortable(abortable(work, timeout.signal, callSite), signal, callSite)
  } finally {
    timer.cancel()
  }
}

const deadlineExceeded = (): HoldfastError =>
  new HoldfastError({
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
    ...callSite,
    message: 'retrieve was not done at its deadline.',
    hint: 'Give it more time, or look at what the storage is waiting for.',
  })

const noStatistics: CacheStatistics = {
  hits: 0,
  misses: 0,
  hitRate: 0,
  size: 0,
  capacity: 0,
  utilisation: 0,
  isFull: false,
  evictions: { capacity: 0, expired: 0, idle: 0, deleted: 0, replaced: 0, cleared: 0 },
}

const readStatistics = (
  cache: Cache | undefined,
  failed: (operation: string, error: unknown) => void,
): CacheStatistics => {
  if (cache === undefined) return noStatistics
  try {
    return cache.statistics()
  } catch (error) {
    failed('statistics', error)
    return noStatistics
  }
}
