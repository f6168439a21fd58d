import { parseScopeId, type ScopeId, type SecretValue } from '@holdfast/contracts'
import { requireCapability } from '@holdfast/contracts/credentials'
import { runCredentialBatch } from './credential-batches.ts'
import { listCredentials } from './credential-list.ts'
import type {
  CredentialTarget,
  ScopedCredentialManager,
  StoreCredentialOptions,
  UpdateCredentialOptions,
} from './credential-manager.ts'
import { createReads } from './credential-reads.ts'
import { createSource } from './credential-source.ts'
import { validateWithin } from './credential-validation.ts'
import { watchCredentials } from './credential-watch.ts'
import { createWrites } from './credential-writes.ts'
import { type ManagerCore, runOperation } from './manager-core.ts'
import { readTarget } from './read-target.ts'
import { assertWithinScope, isWithinScope, narrowScope, requireScope, scopeViolation } from './scope-boundary.ts'

/** Makes the calls of a manager or view bound to `boundary`. */
export const createCredentialView = (core: ManagerCore, boundary: ScopeId | undefined): ScopedCredentialManager => {
  const reads = createReads(core, boundary)
  const writes = createWrites(core, boundary)

  const view: ScopedCredentialManager = {
    scope: boundary,
    store: (target: CredentialTarget, value: unknown, options: StoreCredentialOptions = {}) =>
      runOperation(core, 'store', idOf(target), options.context, () => writes.storeWithin(target, value, options)),
    update: (target: CredentialTarget, value: unknown, options: UpdateCredentialOptions = {}) =>
      runOperation(core, 'update', idOf(target), options.context, () => writes.updateWithin(target, value, options)),
    retrieve: reads.retrieve,
    retrieveScoped: <T extends SecretValue>(
      target: CredentialTarget<T>,
      context: Parameters<ScopedCredentialManager['retrieveScoped']>[1],
      options: Parameters<ScopedCredentialManager['retrieveScoped']>[2] = {},
    ) =>
      runOperation(core, 'retrieveScoped', idOf(target), context, async () => {
        requireScope(context, 'retrieveScoped')
        return reads.retrieveWithin(target, { ...options, context }, 'retrieveScoped')
      }),
    delete: (target, options = {}) =>
      runOperation(core, 'delete', idOf(target), options.context, () => writes.deleteWithin(target, options)),
    exists: reads.exists,
    list: (options = {}) => listCredentials(core, boundary, options, 'list'),
    listScoped: async function* (context, options = {}) {
      requireScope(context, 'listScoped')
      yield* listCredentials(core, boundary, { ...options, context }, 'listScoped')
    },
    history: (target, options = {}) =>
      runOperation(core, 'history', idOf(target), options.context, async () => {
        const { context, signal, deadline } = options
        const { id } = readTarget(target, 'history')
        const versioned = requireCapability(core.storage, 'versions', 'credential-core', 'history')
        const allowed = narrowScope(boundary, context, id, 'history', core.audit)
        if (allowed !== undefined) {
          const { metadata } = await core.reader.fetch(id, 'history', { signal, deadline })
          assertWithinScope(metadata.scope, allowed, id, 'history', context, core.audit)
        }
        return versioned.history(id, { signal, deadline })
      }),
    rollback: (target, version, options = {}) =>
      runOperation(core, 'rollback', idOf(target), options.context, () =>
        writes.rollbackWithin(target, version, options),
      ),
    watch: (options = {}) => watchCredentials(core, boundary, options),
    validate: (target, options = {}) =>
      runOperation(core, 'validate', idOf(target), options.context, () => validateWithin(core, reads, target, options)),
    validateBatch: (targets, options = {}) =>
      runCredentialBatch(
        core,
        'validateBatch',
        targets,
        idOf,
        (target, part) => validateWithin(core, reads, target, { ...options, ...part }),
        options,
      ),
    storeBatch: (items, options = {}) =>
      runCredentialBatch(
        core,
        'storeBatch',
        items,
        (item) => idOf(item?.target),
        ({ target, value, ...attributes }, part) => writes.storeWithin(target, value, { ...attributes, ...part }),
        options,
      ),
    retrieveBatch: (targets, options = {}) =>
      runCredentialBatch(
        core,
        'retrieveBatch',
        targets,
        idOf,
        (target, part) => reads.retrieveWithin(target, { ...options, ...part }, 'retrieveBatch'),
        options,
      ),
    deleteBatch: (targets, options = {}) =>
      runCredentialBatch(
        core,
        'deleteBatch',
        targets,
        idOf,
        (target, part) => writes.deleteWithin(target, part),
        options,
      ),
    source: <T extends SecretValue>(
      target: CredentialTarget<T>,
      options: Parameters<ScopedCredentialManager['source']>[1] = {},
    ) => createSource(core, { retrieve: reads.retrieve, watch: view.watch }, target, options.context),
    withScope(scope) {
      const narrower = parseScopeId(scope)
      if (boundary !== undefined && !isWithinScope(narrower, boundary)) {
        throw scopeViolation(narrower, boundary, 'withScope', undefined, core.audit)
      }
      return createCredentialView(core, narrower)
    },
  }
  return view
}

/** The id for logs and results, whatever was passed: what is wrong with it is found later, by the call itself. */
const idOf = (target: CredentialTarget): string =>
  String(typeof target === 'object' && target !== null ? target.id : target)
