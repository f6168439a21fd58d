import { AsyncLocalStorage } from 'node:async_hooks'
import {
  abortable,
  type CallOptions,
  type Clock,
  createCloser,
  createEventHub,
  HoldfastError,
  type Logger,
  silentLogger,
  systemClock,
  throwIfAborted,
} from '@holdfast/contracts'
import type { CredentialSource, ResolvedCredential, SourceChange } from '@holdfast/contracts/credentials'
import { boundedCall, type RunningCall } from '../bounded-call.ts'
import { forgivingLogger } from '../forgiving-logger.ts'
import { source as packageName } from '../pool-errors.ts'
import { followSource } from './follow-source.ts'
import { ReadLane } from './read-lane.ts'

/** Options of {@link createCredentialCache}. */
export interface CredentialCacheOptions {
  /** How long the source may take to answer, in milliseconds. Default 10,000, as long as a create may take. */
  readonly readTimeoutMs?: number | undefined
  /** Default: the real time. */
  readonly clock?: Clock | undefined
  /** Default: silent. */
  readonly logger?: Logger | undefined
  /** Where the jitter of delays comes from. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/**
 * What a refresh is for. `changed`: the source is asked if a change was told since it was read last; `renewed`: it is asked in any case,
 * past its caches if it has no watch that would tell it; `fresh`: it is asked past all caches.
 */
export type RefreshNeed = 'changed' | 'renewed' | 'fresh'

/** A credential that is read once for however many want it, and kept until it changes or expires. */
export interface CredentialCache extends CredentialSource {
  /** What is at hand, if anything is. */
  current(): ResolvedCredential | undefined
  /** Reads it, although nobody was refused and nobody needs it now; rejects when the source is down, whatever is at hand. Default `changed`. */
  refresh(options?: CallOptions & { readonly need?: RefreshNeed | undefined }): Promise<ResolvedCredential>
  /** Has it read anew when it is wanted next. What is at hand is used until then, and longer when the source is down. */
  invalidate(): void
  /** Calls the listener when the source tells of a change, and when a read finds another version. */
  onChanged(listener: (change: SourceChange) => void): () => void
  /** Ends the watch and every read; the source is its owner's to close. */
  close(): Promise<void>
}

interface CacheEvents {
  readonly 'credential.changed': SourceChange
}

/** What is kept, and how much was known when its read began. */
interface Kept {
  readonly credential: ResolvedCredential
  readonly generation: number
  /** The place of the read among all. */
  readonly order: number
}

/**
 * Makes a {@link CredentialCache} of the credential `name`. From the first read on it follows the source's `watch`, if there is
 * one. However many ask at the same time, the source is asked once; and with `fresh` once for all who were refused with the
 * same version. While the source is down, what is at hand is given as long as it has not expired and nobody was refused with it.
 */
export const createCredentialCache = (
  name: string,
  source: CredentialSource,
  {
    readTimeoutMs = 10_000,
    clock = systemClock,
    logger: given = silentLogger,
    random = Math.random,
  }: CredentialCacheOptions = {},
): CredentialCache => {
  const site = { source: packageName, operation: 'retrieve' }
  const logger = forgivingLogger(given)
  const hub = createEventHub<CacheEvents>(logger)
  const closer = createCloser({ source: packageName, clock, release: () => hub.end() })
  const running = new Set<RunningCall>()
  // What is read for many is not part of the request of the one who came first, whose deadline may be close.
  const outside = AsyncLocalStorage.snapshot()
  let kept: Kept | undefined
  /** Grows whenever what was read before may be old. */
  let generation = 0
  let order = 0
  let refusedVersion: string | undefined
  let lastTold: string | undefined
  let isFollowed = false

  const isExpired = ({ expiresAt }: ResolvedCredential): boolean =>
    expiresAt !== undefined && Date.parse(expiresAt) <= clock.wallNow()
  /** What is at hand, if it may still be given to somebody. */
  const usable = (): Kept | undefined =>
    kept === undefined || isExpired(kept.credential) || kept.credential.version === refusedVersion ? undefined : kept
  const isCurrent = (candidate: Kept): boolean => candidate.generation === generation

  const tell = (change: SourceChange): void => {
    lastTold = change.version
    hub.emit('credential.changed', () => change)
  }

  const keep = (credential: ResolvedCredential, began: number, place: number): ResolvedCredential => {
    if (kept !== undefined && (kept.generation > began || kept.order > place)) return credential
    const isOther = kept !== undefined && kept.credential.version !== credential.version
    kept = { credential, generation: began, order: place }
    if (isOther && credential.version !== lastTold) tell({ version: credential.version })
    return credential
  }

  const ask = async (fresh: boolean): Promise<ResolvedCredential> => {
    closer.throwIfClosed('retrieve')
    const work = ({ signal, deadline }: CallOptions) =>
      outside(() => source.retrieve({ signal, deadline, ...(fresh ? { fresh } : {}) }))
    try {
      const timeoutError = (): HoldfastError => slowError(name, readTimeoutMs)
      return await boundedCall(work, { clock, timeoutMs: readTimeoutMs, timeoutError, running })
    } catch (error) {
      throw named(error, name)
    }
  }

  const ordinary = new ReadLane<ResolvedCredential>(
    async (began) => {
      const place = ++order
      const before = kept
      const credential = await ask(false)
      const isOld =
        before !== undefined &&
        credential.version === before.credential.version &&
        credential.version !== lastTold &&
        (before.generation < began || isExpired(credential))
      // It was told of something new, and does not have it yet in what it keeps itself.
      return isOld ? await fresh.join(true) : keep(credential, began, place)
    },
    () => generation,
  )
  // Placed when it has ended: an ordinary read that has begun before may come from a cache that it went past.
  const fresh = new ReadLane<ResolvedCredential>(
    async (began) => keep(await ask(true), began, ++order),
    () => generation,
  )

  const follow = (): void => {
    if (isFollowed || closer.isClosed || source.watch === undefined) return
    isFollowed = true
    const watchSource: NonNullable<CredentialSource['watch']> = (options) => source.watch?.(options) ?? empty()
    void outside(followSource, watchSource, {
      name,
      clock,
      random,
      logger,
      signal: closer.closing,
      onChange(change) {
        if (change.version !== undefined && change.version === kept?.credential.version) return
        generation += 1
        tell(change)
      },
      // A change that was missed is found by another version.
      onGap: () => void ordinary.join(true).catch(() => {}),
    })
  }
  closer.closing.addEventListener('abort', () => {
    for (const call of [...running]) call.giveUp(closer.closing.reason)
  })

  const retrieveOrdinary = async (): Promise<ResolvedCredential> => {
    if (kept !== undefined && kept.credential.version === refusedVersion) return await fresh.join(true)
    if (fresh.isBusy) return await fresh.join(true)
    try {
      return await ordinary.join(true)
    } catch (error) {
      const fallback = usable()
      if (fallback === undefined || !HoldfastError.is(error) || !error.retryable) throw error
      logger.warn(
        { credential: name, code: error.code },
        'a credential could not be read anew; the one at hand is used',
      )
      return fallback.credential
    }
  }

  const retrieve: CredentialSource['retrieve'] = async (options = {}) => {
    const { signal } = options
    closer.throwIfClosed('retrieve')
    throwIfAborted(signal, site)
    follow()
    const found = usable()
    const isAtHand = found !== undefined && isCurrent(found)
    if (options.fresh !== true) {
      return isAtHand ? found.credential : await abortable(retrieveOrdinary(), signal, site)
    }
    const refused = options.refusedVersion ?? kept?.credential.version
    if (isAtHand && found.credential.version !== refused) return found.credential
    if (refused === kept?.credential.version) refusedVersion = refused
    return await abortable(fresh.join(options.refusedVersion !== undefined), signal, site)
  }

  const watch = async function* ({
    signal,
  }: {
    readonly signal?: AbortSignal | undefined
  } = {}): AsyncGenerator<SourceChange, void> {
    closer.throwIfClosed('watch')
    const changes = hub.events('credential.changed', { signal })
    follow()
    for await (const change of changes) {
      yield 'dropped' in change ? (kept === undefined ? {} : { version: kept.credential.version }) : change
    }
  }

  return {
    retrieve,
    ...(source.watch === undefined ? {} : { watch }),
    current: () => kept?.credential,
    async refresh({ signal, need = 'changed' } = {}) {
      closer.throwIfClosed('retrieve')
      throwIfAborted(signal, site)
      follow()
      if (need === 'changed' && kept !== undefined && isCurrent(kept) && !isExpired(kept.credential))
        return kept.credential
      const isPast = need === 'fresh' || (need === 'renewed' && source.watch === undefined)
      return await abortable(isPast ? fresh.join(false) : ordinary.join(true), signal, site)
    },
    invalidate() {
      generation += 1
    },
    onChanged: (listener) => hub.on('credential.changed', listener),
    close: () => closer.close({ deadlineMs: 0 }),
  }
}

const empty = async function* (): AsyncGenerator<SourceChange, void> {}

const named = (error: unknown, name: string): HoldfastError =>
  HoldfastError.is(error)
    ? error
    : new HoldfastError({
        code: 'UNAVAILABLE',
        source: packageName,
        operation: 'retrieve',
        message: `The credential ${name} could not be read.`,
        hint: 'The cause says what its source reported.',
        cause: error,
      })

const slowError = (name: string, timeoutMs: number): HoldfastError =>
  new HoldfastError({
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
    source: packageName,
    operation: 'retrieve',
    message: `The source of the credential ${name} did not answer within ${timeoutMs} ms.`,
    hint: 'Look at what the source waits for.',
  })
