import { createCloser, createUlidGenerator, silentLogger, systemClock, toTimestamp } from '@holdfast/contracts'
import { createKindRegistry } from '../kinds/kind-registry.ts'
import { createSealer } from '../sealing/create-sealer.ts'
import { createAudit } from './audit.ts'
import { cacheFreshness } from './cache-freshness.ts'
import { createCredentialCache } from './credential-cache.ts'
import type { CredentialManager } from './credential-manager.ts'
import {
  assertManagerOptions,
  type CredentialManagerOptions,
  defaultBatchConcurrency,
} from './credential-manager-options.ts'
import { createCredentialReader } from './credential-reader.ts'
import { createCredentialView } from './credential-view.ts'
import { createCredentialWriter } from './credential-writer.ts'
import { createMaintenance } from './maintenance.ts'
import type { ManagerCore } from './manager-core.ts'
import { readTarget } from './read-target.ts'
import { createRecordVault } from './record-vault.ts'

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
    freshness: cacheFreshness(options),
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
    ...createMaintenance(core, boundary, keyring),
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
