import { HoldfastError, type ScopeId, type SecretValue } from '@holdfast/contracts'
import type { CacheEntry } from './cache-entry.ts'
import type { Credential } from './credential.ts'
import type { CredentialCallOptions, CredentialTarget, RetrieveCredentialOptions } from './credential-manager.ts'
import { type ManagerCore, runOperation } from './manager-core.ts'
import { readTarget } from './read-target.ts'
import { assertWithinScope, isWithinScope, narrowScope } from './scope-boundary.ts'
import { asKind } from './typed-credential.ts'

/** The reading calls of a manager or view. */
export interface CredentialReads {
  retrieve<T extends SecretValue>(
    target: CredentialTarget<T>,
    options?: RetrieveCredentialOptions,
  ): Promise<Credential<T>>
  /** `retrieve` as a part of an operation that is already running. */
  retrieveWithin<T extends SecretValue>(
    target: CredentialTarget<T>,
    options: RetrieveCredentialOptions,
    operation: string,
  ): Promise<Credential<T>>
  exists(target: CredentialTarget, options?: CredentialCallOptions): Promise<boolean>
}

interface Read {
  readonly credential: Credential
  /** Where it came from, if that was the cache. */
  readonly entry: CacheEntry | undefined
}

/** Makes the {@link CredentialReads} of a view bound to `boundary`. */
export const createReads = (core: ManagerCore, boundary: ScopeId | undefined): CredentialReads => {
  const { cache, reader, audit, closer } = core
  const isQuietByNature = core.tracer === undefined

  const read = async (id: string, options: RetrieveCredentialOptions, operation: string): Promise<Read> => {
    const { version, fresh = false, signal, deadline } = options
    if (version !== undefined || !cache.isEnabled) {
      return { credential: await reader.fetch(id, operation, { version, signal, deadline }), entry: undefined }
    }
    if (fresh) cache.invalidate(id)
    else {
      const entry = cache.find(id)
      if (entry !== undefined) {
        cache.countHit()
        return { credential: entry.credential, entry }
      }
    }
    const load = (shared: CredentialCallOptions): Promise<Credential> => reader.fetch(id, operation, shared)
    return { credential: await cache.load(id, load, { signal, deadline }), entry: undefined }
  }

  const retrieveNow = async <T extends SecretValue>(
    target: CredentialTarget<T>,
    options: RetrieveCredentialOptions,
    operation: string,
  ): Promise<Credential<T>> => {
    const { id, kind } = readTarget(target, operation)
    const { context } = options
    const allowed = narrowScope(boundary, context, id, operation, audit)
    const { credential, entry } = await read(id, options, operation)
    assertWithinScope(credential.metadata.scope, allowed, id, operation, context, audit)
    if (options.refuseExpired ?? core.refuseExpired) refuseExpired(credential, core.clock.wallNow(), operation)
    // Named by id alone, T is SecretValue, which every credential's value is.
    const typed = kind === undefined ? (credential as Credential<T>) : asKind(credential, kind, operation)
    if (kind !== undefined) entry?.keepTyped(kind, typed)
    core.logger.debug(
      { credentialId: id, version: credential.version },
      entry !== undefined ? 'cache hit' : cache.isEnabled ? 'cache miss' : 'retrieved',
    )
    audit.hub.emit('credential.retrieved', () => ({
      ...audit.stamp(context),
      id,
      kind: credential.kind,
      version: credential.version,
      cached: entry !== undefined,
      ...(credential.metadata.scope === undefined ? {} : { scope: credential.metadata.scope }),
    }))
    return typed
  }

  return {
    retrieve<T extends SecretValue>(
      target: CredentialTarget<T>,
      options?: RetrieveCredentialOptions,
    ): Promise<Credential<T>> {
      // The hot path, written by hand: a cached credential that nobody is told about costs a look-up and a comparison. The
      // cache gives out none that has expired.
      if (options === undefined && isQuietByNature && !audit.hearsRetrievals() && !closer.isClosed) {
        const isReference = typeof target === 'object' && target !== null
        const entry = cache.find(isReference ? target.id : target)
        if (
          entry !== undefined &&
          (boundary === undefined || isWithinScope(entry.credential.metadata.scope, boundary))
        ) {
          // Named by id alone, T is SecretValue, which every credential's value is.
          if (!isReference) {
            cache.countHit()
            return entry.promise as Promise<Credential<T>>
          }
          // What was kept for this very kind came out of its `read`, so its value is a T.
          if (entry.typedPromise !== undefined && entry.typedKind === target.kind) {
            cache.countHit()
            return entry.typedPromise as Promise<Credential<T>>
          }
        }
      }
      const id = String(typeof target === 'object' && target !== null ? target.id : target)
      return runOperation(core, 'retrieve', id, options?.context, () => retrieveNow(target, options ?? {}, 'retrieve'))
    },
    retrieveWithin: (target, options, operation) => retrieveNow(target, options, operation),
    exists(target, options = {}) {
      const id = String(typeof target === 'object' && target !== null ? target.id : target)
      return runOperation(core, 'exists', id, options.context, async () => {
        const { signal, deadline, context } = options
        readTarget(target, 'exists')
        const allowed = narrowScope(boundary, context, id, 'exists', audit)
        if (allowed === undefined && core.anchor === undefined) return core.storage.exists(id, { signal, deadline })
        const found = await reader.fetchIfThere(id, 'exists', { signal, deadline })
        if (found === undefined) return false
        assertWithinScope(found.metadata.scope, allowed, id, 'exists', context, audit)
        return true
      })
    },
  }
}

const refuseExpired = (credential: Credential, nowMs: number, operation: string): void => {
  const { expiresAt } = credential.metadata
  if (expiresAt === undefined || nowMs < Date.parse(expiresAt)) return
  throw new HoldfastError({
    code: 'NOT_FOUND',
    reason: 'EXPIRED',
    source: 'credential-core',
    operation,
    message: `${JSON.stringify(credential.id)} expired at ${expiresAt}.`,
    hint: 'Store a new value, or retrieve it with refuseExpired: false.',
    details: { id: credential.id, expiresAt },
  })
}
