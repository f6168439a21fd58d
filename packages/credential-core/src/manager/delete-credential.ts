import { HoldfastError, type ScopeId } from '@holdfast/contracts'
import type { Version } from '@holdfast/contracts/credentials'
import type { AnchoredRecord } from '../sealing/anchor.ts'
import type { DeleteCredentialOptions } from './credential-manager.ts'
import type { ManagerCore } from './manager-core.ts'
import { assertWithinScope } from './scope-boundary.ts'

/** How often a delete starts again because the credential changed between the look at it and the delete. */
const maxAttempts = 32

/**
 * Deletes a credential in its turn; answers whether it was there. Under a scope, and with an anchor, it looks at what is
 * there first and deletes exactly that, where the storage has compare-and-set.
 */
export const deleteCredential = (
  core: ManagerCore,
  id: string,
  allowed: ScopeId | undefined,
  options: DeleteCredentialOptions,
): Promise<boolean> => {
  const { storage, anchor } = core
  const { ifVersion, signal, deadline } = options
  const call = { signal, deadline }

  const attempt = async (): Promise<boolean> => {
    if (allowed === undefined && anchor === undefined) return (await storage.delete(id, { ifVersion, ...call })).deleted
    const { version, state, isThere } = await look(core, id, allowed, options)
    // Nothing to delete: what somebody else may store from here on was never held against the scope.
    if (!isThere && ifVersion === undefined) return false
    if (state !== undefined) await anchor?.deleting(state, call)
    const expected = ifVersion ?? (storage.capabilities.compareAndSet ? version : undefined)
    const { deleted } = await storage.delete(id, { ifVersion: expected, ...call })
    if (state !== undefined) await anchor?.deleted(state, call)
    return deleted
  }

  return core.writer.change(id, 'delete', options, async () => {
    for (let count = 1; ; count++) {
      try {
        return await attempt()
      } catch (error) {
        // Changed since it was looked at, which the caller did not ask about: look again.
        const isRace = HoldfastError.is(error, 'CONFLICT') && ifVersion === undefined
        if (!isRace || count >= maxAttempts) throw error
      }
    }
  })
}

interface Found {
  /** Undefined when nothing is there, or something too damaged to have one. */
  readonly version: Version | undefined
  readonly state: AnchoredRecord | undefined
  readonly isThere: boolean
}

/** What is there, checked against the scope. */
const look = async (
  core: ManagerCore,
  id: string,
  allowed: ScopeId | undefined,
  { context, signal, deadline }: DeleteCredentialOptions,
): Promise<Found> => {
  const call = { signal, deadline }
  try {
    const present = await core.reader.fetchIfThere(id, 'delete', call)
    if (present !== undefined) assertWithinScope(present.metadata.scope, allowed, id, 'delete', context, core.audit)
    return { version: present?.version, state: present?.metadata, isThere: present !== undefined }
  } catch (error) {
    // What is damaged can still be deleted, but not by somebody whose scope it cannot be held against.
    if (!HoldfastError.is(error, 'DATA_LOSS') || allowed !== undefined) throw error
    const revision = await core.anchor?.latestRevision(id, call)
    return { version: undefined, state: revision === undefined ? undefined : { id, revision }, isThere: true }
  }
}
