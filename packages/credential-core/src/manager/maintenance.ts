import { type CallOptions, HoldfastError, type ScopeId } from '@holdfast/contracts'
import { type CredentialContext, requireCapability } from '@holdfast/contracts/credentials'
import type { Keyring } from '../keyring/keyring.ts'
import { rekey } from '../sealing/rekey.ts'
import type { CredentialDescription } from './credential.ts'
import type { CredentialCallOptions, CredentialManager, CredentialTarget } from './credential-manager.ts'
import { type ManagerCore, observedStream, runOperation } from './manager-core.ts'
import { readTarget } from './read-target.ts'
import { isReservedId } from './reserved-ids.ts'
import { scopeViolation } from './scope-boundary.ts'

/** What only a manager without scope can do: the scope of what is deleted or damaged cannot be checked. */
export type Maintenance = Pick<
  CredentialManager,
  'recover' | 'purge' | 'listDeleted' | 'repair' | 'quarantined' | 'rekey'
>

const source = 'credential-core'

/** Makes the {@link Maintenance} of a manager bound to `boundary`. */
export const createMaintenance = (
  core: ManagerCore,
  boundary: ScopeId | undefined,
  keyring: Keyring | undefined,
): Maintenance => {
  const { storage, writer, reader, cache, closer, anchor, audit, logger } = core

  const refuseBound = (id: string, operation: string, context: CredentialContext | undefined): void => {
    const allowed = context?.scope ?? boundary
    if (allowed !== undefined) throw scopeViolation(id, allowed, operation, context, audit)
  }

  /** Runs a change of one credential that may bring an older state back, and has the anchor accept what is there then. */
  const restore = <T>(
    operation: string,
    target: CredentialTarget,
    options: CredentialCallOptions,
    work: (id: string) => Promise<T>,
  ): Promise<T> =>
    runOperation(core, operation, idOf(target), options.context, async () => {
      const { id } = readTarget(target, operation)
      refuseBound(id, operation, options.context)
      return writer.change(id, operation, options, () => work(id))
    })

  const describe = async (
    id: string,
    operation: string,
    options: CredentialCallOptions,
  ): Promise<CredentialDescription> => {
    const { signal, deadline } = options
    const { version, metadata } = await reader.fetchUnanchored(id, operation, { signal, deadline })
    await anchor?.accept(metadata, { signal, deadline })
    return { id, version, metadata }
  }

  /** Nothing readable was left: has the anchor take the newest state it saw for deleted. */
  const forgetAnchored = async (id: string, options: CallOptions): Promise<void> => {
    const revision = await anchor?.latestRevision(id, options)
    if (anchor === undefined || revision === undefined) return
    await anchor.deleting({ id, revision }, options)
    await anchor.deleted({ id, revision }, options)
  }

  return {
    recover: (target, options = {}) =>
      restore('recover', target, options, async (id) => {
        const { context, signal, deadline } = options
        const recoverable = requireCapability(storage, 'recover', source, 'recover')
        await anchor?.recovering(id, { signal, deadline })
        await recoverable.recover(id, { signal, deadline })
        const description = await describe(id, 'recover', options)
        logger.info({ credentialId: id, version: description.version }, 'credential recovered')
        audit.hub.emit('credential.recovered', () => ({ ...audit.stamp(context), id, version: description.version }))
        return description
      }),

    purge: (target, options = {}) =>
      restore('purge', target, options, async (id) => {
        const { context, signal, deadline } = options
        const answer = await requireCapability(storage, 'recover', source, 'purge').purge(id, { signal, deadline })
        logger.info({ credentialId: id, purged: answer.purged }, 'credential purged')
        audit.hub.emit('credential.purged', () => ({ ...audit.stamp(context), id, purged: answer.purged }))
        return answer
      }),

    listDeleted: (options = {}) =>
      observedStream(core, 'listDeleted', options.context, async function* () {
        refuseBound('', 'listDeleted', options.context)
        const recoverable = requireCapability(storage, 'recover', source, 'listDeleted')
        for await (const deleted of recoverable.listDeleted({ signal: options.signal, deadline: options.deadline })) {
          if (!isReservedId(deleted.id)) yield deleted
        }
      }),

    repair: (target, options = {}) =>
      restore('repair', target, options, async (id) => {
        const { context, signal, deadline } = options
        const report = await requireCapability(storage, 'repair', source, 'repair').repair(id, { signal, deadline })
        if (report.restored !== undefined) await describe(id, 'repair', options)
        else if (!(await storage.exists(id, { signal, deadline }))) await forgetAnchored(id, { signal, deadline })
        const fields = { quarantined: report.quarantined.length, restoredVersion: report.restored?.from }
        if (report.quarantined.length > 0) logger.warn({ credentialId: id, ...fields }, 'damaged versions set aside')
        audit.hub.emit('credential.repaired', () => ({ ...audit.stamp(context), id, quarantined: fields.quarantined }))
        return report
      }),

    quarantined: (options = {}) =>
      observedStream(core, 'quarantined', options.context, async function* () {
        refuseBound('', 'quarantined', options.context)
        const repairable = requireCapability(storage, 'repair', source, 'quarantined')
        yield* repairable.quarantined({ signal: options.signal, deadline: options.deadline })
      }),

    rekey: (options) =>
      closer.run('rekey', async () => {
        refuseBound('', 'rekey', undefined)
        if (keyring === undefined) throw noKeyring()
        try {
          const result = await rekey(storage, keyring, options)
          const { resealed, skipped, failed } = result
          logger.info({ resealed, skipped, failed }, 'rekey completed')
          return result
        } finally {
          // The values are the same and their versions are not.
          cache.invalidateAll()
        }
      }),
  }
}

const idOf = (target: CredentialTarget): string =>
  String(typeof target === 'object' && target !== null ? target.id : target)

const noKeyring = (): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'KEYRING_MISSING',
    source,
    operation: 'rekey',
    message: 'rekey was called on a manager without a keyring.',
    hint: 'Make the manager with the keyring whose active key is to seal the records.',
  })
