import { type CallOptions, HoldfastError } from '@holdfast/contracts'
import type { AnyCredentialStorage, StoredCredential } from '@holdfast/contracts/credentials'
import { decodeKeyring, keyringId } from '../keyring/keyring-document.ts'

/** What became of the keyring of a copy. */
export type KeyringCopy = 'none' | 'created' | 'replaced' | 'unchanged'

/**
 * Sees to it that the destination can open what is copied to it. A keyring of the same vault is replaced by a newer one
 * only; another vault is CONFLICT, because its keyring could open none of the copies.
 */
export const copyKeyring = async (
  from: AnyCredentialStorage,
  to: AnyCredentialStorage,
  { dryRun, signal, deadline }: CallOptions & { readonly dryRun: boolean },
): Promise<KeyringCopy> => {
  const call = { signal, deadline }
  const found = await keyringIn(from, call)
  if (found === undefined) return 'none'
  const there = await keyringIn(to, call)
  if (there !== undefined) {
    const { document: ours } = decodeKeyring(found.value)
    const { document: theirs } = decodeKeyring(there.value)
    if (ours.vaultId !== theirs.vaultId) throw anotherVault(to)
    // Revisions are ULIDs: they grow with each change of a keyring.
    if (ours.revision <= theirs.revision) return 'unchanged'
  }
  if (!dryRun) {
    const ifVersion = to.capabilities.compareAndSet ? { ifVersion: there?.version ?? null } : {}
    await to.store(keyringId, { metadata: found.metadata, value: found.value }, { ...ifVersion, ...call })
  }
  return there === undefined ? 'created' : 'replaced'
}

const keyringIn = async (storage: AnyCredentialStorage, call: CallOptions): Promise<StoredCredential | undefined> => {
  try {
    return await storage.retrieve(keyringId, call)
  } catch (error) {
    if (HoldfastError.is(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

const anotherVault = (to: AnyCredentialStorage): HoldfastError =>
  new HoldfastError({
    code: 'CONFLICT',
    source: 'credential-core',
    operation: 'copy',
    message: `${to.name} is a vault of its own: its keyring could not open the copies.`,
    hint: 'Copy with reseal, which opens each value with one vault and seals it with the other, or copy to an empty store.',
  })
