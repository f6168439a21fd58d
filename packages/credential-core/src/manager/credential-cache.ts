import {
  abortable,
  type CallOptions,
  type Clock,
  HoldfastError,
  isTransientCode,
  type Logger,
} from '@holdfast/contracts'
import type { Cache, CacheStatistics } from '@holdfast/contracts/cache'
import type { Audit } from './audit.ts'
import { CacheEntry, MissingEntry } from './cache-entry.ts'
import type { CacheFreshness } from './cache-freshness.ts'
import type { Credential } from './credential.ts'

/** How a manager's cache is doing. */
export interface CredentialCacheStatistics extends CacheStatistics {
  /** False when the manager was made without a cache: every number is 0 then. */
  readonly isEnabled: boolean
  /** How often the cache threw and was bypassed. */
  readonly failures: number
  /** Hits that were answered after their TTL, as `cacheStaleWhileRevalidateMs` and `cacheStaleIfErrorMs` allow. */
  readonly staleHits: number
  /** Hits that were answered with NOT_FOUND. */
  readonly notFoundHits: number
}

/** Opened credentials kept in this process, and the reads that are under way to fill it. */
export interface CredentialCache {
  readonly isEnabled: boolean
  /** The entry, if it is there, fresh, and has not expired. Say `countHit` when it is used; `load` counts what it answers. */
  find(id: string): CacheEntry | undefined
  countHit(): void
  /**
   * Reads a credential once for everybody who asks meanwhile, and keeps it unless it was invalidated during the read. What
   * is kept and no longer fresh is answered as far as the freshness allows.
   */
  load(id: string, fetch: (options: CallOptions) => Promise<Credential>, options: CallOptions): Promise<Credential>
  /** Forgets a credential. A read of it that is under way still answers its callers and is not kept. */
  invalidate(id: string): void
  invalidateAll(): void
  statistics(): CredentialCacheStatistics
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
  readonly freshness: CacheFreshness
  readonly clock: Clock
  readonly audit: Audit
  readonly logger: Logger
}

/** Makes the cache-aside part of a manager. Without a cache every read goes to the storage and the methods do nothing. */
export const createCredentialCache = ({
  cache,
  freshness,
  clock,
  audit,
  logger,
}: CredentialCacheOptions): CredentialCache => {
  const { ttlMs, ttlJitter, staleWhileRevalidateMs, staleIfErrorMs, notFoundTtlMs } = freshness
  const graceMs = Math.max(staleWhileRevalidateMs, staleIfErrorMs)
  // Entries carry the owner of their time. A new one disowns them all, when the cache failed to forget one of them.
  let owner = {}
  const loads = new Map<string, Load>()
  let hits = 0
  let misses = 0
  let failures = 0
  let staleHits = 0
  let notFoundHits = 0

  const failed = (operation: string, error: unknown): void => {
    failures += 1
    const name = error instanceof Error ? error.name : typeof error
    logger.error({ operation, error: name }, 'the cache failed and was bypassed')
    audit.hub.emit('cache.failed', () => ({ ...audit.stamp(undefined), operation, error: name }))
  }

  const put = (id: string, entry: CacheEntry | MissingEntry, lifeMs: number): void => {
    try {
      cache?.set(id, entry, { ttlMs: lifeMs })
    } catch (error) {
      failed('set', error)
    }
  }

  const keep = (id: string, credential: Credential): void => {
    if (cache === undefined) return
    const entry = new CacheEntry(owner, credential)
    const remainingMs = entry.expiresAtMs - clock.wallNow()
    if (!(remainingMs > 0)) return
    const freshMs = Number.isFinite(ttlMs) ? ttlMs * (1 - ttlJitter * Math.random()) : ttlMs
    // Without a grace the cache drops it in time, and no hit has to read the clock.
    if (graceMs > 0) entry.turnStaleAt(clock.monotonicNow() + freshMs)
    put(id, entry, Math.min(freshMs + graceMs, remainingMs))
  }

  /** What is kept, whether fresh or not; never what has expired. */
  const kept = (id: string): CacheEntry | MissingEntry | undefined => {
    if (cache === undefined) return undefined
    let found: unknown
    try {
      found = cache.get(id)
    } catch (error) {
      failed('get', error)
      return undefined
    }
    if (!(found instanceof CacheEntry))
      return found instanceof MissingEntry && found.owner === owner ? found : undefined
    if (found.owner !== owner) return undefined
    if (!found.isTimed) return found
    if (found.expiresAtMs !== Number.POSITIVE_INFINITY && clock.wallNow() >= found.expiresAtMs) {
      forget(id)
      return undefined
    }
    return found
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
        if (load === loads.get(id)) {
          loads.delete(id)
          afterFailure(id, error)
        }
        throw error
      },
    )
    // Every waiter may have left by the time it fails.
    result.catch(() => {})
    const load: Load = { result, abort, waiters: 0, isSettled: false }
    loads.set(id, load)
    return load
  }

  /** Only an unreachable storage leaves what is kept in place: after any other error it may no longer be used. */
  const afterFailure = (id: string, error: unknown): void => {
    const entry = graceMs > 0 || notFoundTtlMs > 0 ? kept(id) : undefined
    if (isUnreachable(error)) {
      if (entry instanceof CacheEntry) entry.refreshAgainAtMs = clock.monotonicNow() + refreshPauseMs
      return
    }
    if (entry !== undefined && !HoldfastError.is(error, 'CANCELLED')) forget(id)
    if (notFoundTtlMs > 0 && HoldfastError.is(error, 'NOT_FOUND'))
      put(id, new MissingEntry(owner, error), notFoundTtlMs)
  }

  /** Begins one read behind the scenes, unless one is under way or has just failed. */
  const refresh = (id: string, entry: CacheEntry, fetch: (options: CallOptions) => Promise<Credential>): void => {
    if (loads.has(id) || clock.monotonicNow() < entry.refreshAgainAtMs) return
    const load = begin(id, fetch)
    // It is nobody's to leave: it goes on when those who join it go.
    load.waiters += 1
    load.result.catch((error: unknown) => {
      const code = HoldfastError.is(error) ? error.code : 'INTERNAL'
      logger.warn({ credentialId: id, code }, 'a cached credential could not be renewed')
    })
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
      const found = kept(id)
      if (found === undefined || found.isMissing) return undefined
      return !found.isTimed || clock.monotonicNow() < found.staleAtMs ? found : undefined
    },
    countHit() {
      hits += 1
    },
    async load(id, fetch, options) {
      const found = graceMs > 0 || notFoundTtlMs > 0 ? kept(id) : undefined
      if (found instanceof MissingEntry) {
        hits += 1
        notFoundHits += 1
        throw found.error
      }
      const nowMs = found === undefined ? 0 : clock.monotonicNow()
      const staleMs = found === undefined ? 0 : nowMs - found.staleAtMs
      // While the storage was unreachable a moment ago, nobody waits to learn it again.
      const hasJustFailed = found !== undefined && staleMs < staleIfErrorMs && nowMs < found.refreshAgainAtMs
      if (found !== undefined && (staleMs < staleWhileRevalidateMs || hasJustFailed)) {
        hits += 1
        staleHits += 1
        refresh(id, found, fetch)
        return found.credential
      }
      misses += 1
      const load = loads.get(id) ?? begin(id, fetch)
      load.waiters += 1
      try {
        return await untilDeadline(load.result, options, clock)
      } catch (error) {
        // It is answered only if nobody has invalidated it since.
        if (found === undefined || staleMs >= staleIfErrorMs || !isUnreachable(error) || kept(id) !== found) throw error
        staleHits += 1
        logger.warn(
          { credentialId: id, code: error.code },
          'the storage cannot be reached: a cached credential is used',
        )
        return found.credential
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
        staleHits,
        notFoundHits,
      }
    },
  }
}

/** How long a read behind the scenes that failed waits for the next: a storage that is down is not asked at every hit. */
const refreshPauseMs = 1000

const isUnreachable = (error: unknown): error is HoldfastError => HoldfastError.is(error) && isTransientCode(error.code)

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
