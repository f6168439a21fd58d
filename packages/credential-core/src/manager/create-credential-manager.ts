import {
  createCloser,
  createUlidGenerator,
  type ScopeId,
  silentLogger,
  systemClock,
  toTimestamp,
} from '@holdfast/contracts'
import { requireCapability } from '@holdfast/contracts/credentials'
import { createKindRegistry } from '../kinds/kind-registry.ts'
import { createSealer } from '../sealing/create-sealer.ts'
import { createAudit } from './audit.ts'
import { createCredentialCache } from './credential-cache.ts'
import type { CredentialManager, CredentialTarget } from './credential-manager.ts'
import {
  assertManagerOptions,
  type CredentialManagerOptions,
  defaultBatchConcurrency,
  defaultCacheTtlMs,
} from './credential-manager-options.ts'
import { createCredentialReader } from './credential-reader.ts'
import { createCredentialView } from './credential-view.ts'
import { createCredentialWriter } from './credential-writer.ts'
import { type ManagerCore, observedStream, runOperation } from './manager-core.ts'
import { readTarget } from './read-target.ts'
import { createRecordVault } from './record-vault.ts'
import { isReservedId } from './reserved-ids.ts'
import { scopeViolation } from './scope-boundary.ts'

/**
 * Makes a credential manager over any credential storage. It needs a keyring to seal values with, or the explicit choice
 * `sealing: 'backend'` to store them readable; every other option has a default.
 * Errors: INVALID_ARGUMENT (reason OPTIONS_INVALID) naming everything wrong with the options.
 */
export const createCredentialManager = (options: CredentialManagerOptions): CredentialManager => {
  assertManagerOptions(options)
  const {
    storage,
    keyring,
    sealing = 'envelope',
    clock = systemClock,
    logger = silentLogger,
    scope: boundary,
  } = options
  const anchor = keyring?.anchor
  const wallNow = (): number => clock.wallNow()
  const audit = createAudit(logger, () => toTimestamp(wallNow()))
  const vault = createRecordVault(sealing, keyring === undefined ? undefined : createSealer(keyring))
  const reader = createCredentialReader(storage, vault, anchor)
  const cache = createCredentialCache({
    cache: options.cache,
    ttlMs: options.cacheTtlMs ?? defaultCacheTtlMs,
    clock,
    audit,
    logger,
  })
  const closer = createCloser({
    source: 'credential-core',
    clock,
    release: () => {
      cache.invalidateAll()
      audit.hub.end()
    },
  })
  const core: ManagerCore = {
    storage,
    reader,
    writer: createCredentialWriter({
      storage,
      vault,
      reader,
      cache,
      anchor,
      nextUlid: createUlidGenerator(wallNow),
      wallNow,
    }),
    cache,
    anchor,
    kinds: createKindRegistry(options.kinds ?? []),
    audit,
    logger,
    tracer: options.tracer,
    clock,
    closer,
    batchConcurrency: options.batchConcurrency ?? defaultBatchConcurrency,
    onDuplicate: options.onDuplicate ?? 'overwrite',
    refuseExpired: options.refuseExpired ?? false,
    rotationPolicy: options.rotationPolicy ?? {},
  }
  return {
    ...createCredentialView(core, boundary),
    ...deletedCredentials(core, boundary),
    on: audit.hub.on,
    events: audit.hub.events,
    cacheStatistics: cache.statistics,
    clearCache: cache.invalidateAll,
    clearCacheFor: (target) => cache.invalidate(readTarget(target, 'clearCacheFor').id),
    health: (call) => closer.run('health', () => storage.health(call)),
    close: closer.close,
    [Symbol.asyncDispose]: closer[Symbol.asyncDispose],
  }
}

/** What can be done with deleted credentials. Their scope cannot be read any more, so a bound manager refuses. */
const deletedCredentials = (
  core: ManagerCore,
  boundary: ScopeId | undefined,
): Pick<CredentialManager, 'recover' | 'purge' | 'listDeleted'> => {
  const { storage, writer, reader, anchor, audit, logger } = core
  const refuseBound = (id: string, operation: string, context: Parameters<typeof scopeViolation>[3]): void => {
    const allowed = context?.scope ?? boundary
    if (allowed !== undefined) throw scopeViolation(id, allowed, operation, context, audit)
  }
  const idOf = (target: CredentialTarget): string => String(typeof target === 'object' ? target.id : target)
  return {
    recover: (target, options = {}) =>
      runOperation(core, 'recover', idOf(target), options.context, async () => {
        const { context, signal, deadline } = options
        const { id } = readTarget(target, 'recover')
        refuseBound(id, 'recover', context)
        const recoverable = requireCapability(storage, 'recover', 'credential-core', 'recover')
        const description = await writer.change(id, 'recover', options, async () => {
          await recoverable.recover(id, { signal, deadline })
          const { version, metadata } = await reader.fetchUnanchored(id, 'recover', { signal, deadline })
          await anchor?.accept(metadata, { signal, deadline })
          return { id, version, metadata }
        })
        logger.info({ credentialId: id, version: description.version }, 'credential recovered')
        audit.hub.emit('credential.recovered', () => ({ ...audit.stamp(context), id, version: description.version }))
        return description
      }),
    purge: (target, options = {}) =>
      runOperation(core, 'purge', idOf(target), options.context, async () => {
        const { context, signal, deadline } = options
        const { id } = readTarget(target, 'purge')
        refuseBound(id, 'purge', context)
        const recoverable = requireCapability(storage, 'recover', 'credential-core', 'purge')
        const answer = await writer.change(id, 'purge', options, () => recoverable.purge(id, { signal, deadline }))
        logger.info({ credentialId: id, purged: answer.purged }, 'credential purged')
        audit.hub.emit('credential.purged', () => ({ ...audit.stamp(context), id, purged: answer.purged }))
        return answer
      }),
    listDeleted: (options = {}) =>
      observedStream(core, 'listDeleted', options.context, async function* () {
        refuseBound('', 'listDeleted', options.context)
        const recoverable = requireCapability(storage, 'recover', 'credential-core', 'listDeleted')
        for await (const deleted of recoverable.listDeleted({ signal: options.signal, deadline: options.deadline })) {
          if (!isReservedId(deleted.id)) yield deleted
        }
      }),
  }
}
