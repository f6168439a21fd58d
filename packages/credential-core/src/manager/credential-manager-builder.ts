import type { Clock, Logger, ScopeId, Tracer } from '@holdfast/contracts'
import type { Cache } from '@holdfast/contracts/cache'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import type { Keyring } from '../keyring/keyring.ts'
import type { CredentialKind } from '../kinds/credential-kind.ts'
import type { RotationPolicy } from '../validation/rotation-policy.ts'
import { createCredentialManager } from './create-credential-manager.ts'
import type { CredentialManager } from './credential-manager.ts'
import type { CredentialManagerOptions, DuplicatePolicy } from './credential-manager-options.ts'

/**
 * Collects the options of a credential manager, in any order. `build` is there once a storage was given, not before: the
 * compiler says so. No step changes the builder it is called on, so one that is half done can be used twice. What an
 * option means and its default stand with {@link CredentialManagerOptions}.
 */
export type CredentialManagerBuilder<HasStorage extends boolean = false> = BuilderSteps<HasStorage> &
  (HasStorage extends true ? BuilderEnd : unknown)

/** The steps of a {@link CredentialManagerBuilder}. */
export interface BuilderSteps<HasStorage extends boolean> {
  storage(storage: AnyCredentialStorage): CredentialManagerBuilder<true>
  keyring(keyring: Keyring): CredentialManagerBuilder<HasStorage>
  sealing(sealing: 'envelope' | 'backend'): CredentialManagerBuilder<HasStorage>
  /** `ttlMs` is `cacheTtlMs`. */
  cache(cache: Cache, options?: { readonly ttlMs?: number | undefined }): CredentialManagerBuilder<HasStorage>
  scope(scope: ScopeId): CredentialManagerBuilder<HasStorage>
  batchConcurrency(batchConcurrency: number): CredentialManagerBuilder<HasStorage>
  onDuplicate(policy: DuplicatePolicy): CredentialManagerBuilder<HasStorage>
  refuseExpired(): CredentialManagerBuilder<HasStorage>
  rotationPolicy(policy: RotationPolicy): CredentialManagerBuilder<HasStorage>
  /** Adds to the kinds given before. */
  kinds(...kinds: readonly CredentialKind[]): CredentialManagerBuilder<HasStorage>
  logger(logger: Logger): CredentialManagerBuilder<HasStorage>
  tracer(tracer: Tracer): CredentialManagerBuilder<HasStorage>
  clock(clock: Clock): CredentialManagerBuilder<HasStorage>
}

/** The last step of a {@link CredentialManagerBuilder}. */
export interface BuilderEnd {
  /** Makes the manager. Errors: INVALID_ARGUMENT (reason OPTIONS_INVALID) naming everything wrong with the options. */
  build(): CredentialManager
}

/** Begins a credential manager: `credentialManager().storage(storage).keyring(keyring).build()`. */
export const credentialManager = (): CredentialManagerBuilder => createBuilder({})

const createBuilder = (options: Partial<CredentialManagerOptions>): CredentialManagerBuilder<true> => {
  const having = (more: Partial<CredentialManagerOptions>): CredentialManagerBuilder<true> =>
    createBuilder({ ...options, ...more })
  return {
    storage: (storage) => having({ storage }),
    keyring: (keyring) => having({ keyring }),
    sealing: (sealing) => having({ sealing }),
    cache: (cache, { ttlMs } = {}) => having({ cache, cacheTtlMs: ttlMs }),
    scope: (scope) => having({ scope }),
    batchConcurrency: (batchConcurrency) => having({ batchConcurrency }),
    onDuplicate: (onDuplicate) => having({ onDuplicate }),
    refuseExpired: () => having({ refuseExpired: true }),
    rotationPolicy: (rotationPolicy) => having({ rotationPolicy }),
    kinds: (...kinds) => having({ kinds: [...(options.kinds ?? []), ...kinds] }),
    logger: (logger) => having({ logger }),
    tracer: (tracer) => having({ tracer }),
    clock: (clock) => having({ clock }),
    // The type has `build` only once `storage` is there; without types, createCredentialManager says what is missing.
    build: () => createCredentialManager(options as CredentialManagerOptions),
  }
}
