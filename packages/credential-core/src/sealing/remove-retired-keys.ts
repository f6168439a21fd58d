import { type CallOptions, type Clock, createProblems, systemClock } from '@holdfast/contracts'
import type { AnyCredentialStorage, CredentialMetadata } from '@holdfast/contracts/credentials'
import type { Keyring } from '../keyring/keyring.ts'

/** Why a retired key was kept. */
export interface KeptKey {
  readonly keyId: string
  /** `recent`: retired too short a time ago. `record`, `version`: `id` needs it. `deleted`, `unreadable`: `id` may need it, which cannot be seen. */
  readonly because: 'recent' | 'record' | 'version' | 'deleted' | 'unreadable'
  readonly id?: string
}

/** What {@link removeRetiredKeys} did. */
export interface RemoveRetiredKeysResult {
  readonly removed: readonly string[]
  readonly kept: readonly KeptKey[]
}

/** Options of {@link removeRetiredKeys}. */
export interface RemoveRetiredKeysOptions extends CallOptions {
  /**
   * How long ago a key must have been retired, in milliseconds. Default one hour: other processes seal with a retired key
   * for up to 15 minutes, until they read the keyring again. Pass 0 only when no other process has the vault open.
   */
  readonly minimumRetiredMs?: number | undefined
  /** Default: the system clock. */
  readonly clock?: Clock | undefined
}

/** Default of `minimumRetiredMs`: four times what another process may take to notice a rotation. */
const defaultMinimumRetiredMs = 60 * 60_000

/**
 * Removes the retired vault keys that nothing needs any more, after a {@link rekey}: no record, no kept version, no
 * deleted credential that can be recovered. Looks at every one of them first and keeps a key when in doubt, saying why.
 * Copies of the vault made before (backups) can only be opened with their own copy of the keyring.
 */
export const removeRetiredKeys = async (
  storage: AnyCredentialStorage,
  keyring: Keyring,
  options: RemoveRetiredKeysOptions = {},
): Promise<RemoveRetiredKeysResult> => {
  const { signal, minimumRetiredMs = defaultMinimumRetiredMs, clock = systemClock } = options
  const problems = createProblems('credential-core', 'removeRetiredKeys')
  problems.require(minimumRetiredMs >= 0, 'minimumRetiredMs', minimumRetiredMs, '0 or more milliseconds')
  problems.throwIfAny()

  const { keys } = await keyring.reload({ signal })
  const kept: KeptKey[] = []
  const candidates = new Set<string>()
  for (const { id, state, retiredAt } of keys) {
    if (state === 'active') continue
    if (clock.wallNow() - Date.parse(retiredAt ?? '') >= minimumRetiredMs) candidates.add(id)
    else kept.push({ keyId: id, because: 'recent' })
  }
  const keep = (keyId: string, because: KeptKey['because'], id: string): void => {
    if (candidates.delete(keyId)) kept.push({ keyId, because, id })
  }
  const keepAll = (because: KeptKey['because'], id: string): void => {
    for (const keyId of [...candidates]) keep(keyId, because, id)
  }

  for await (const { id, metadata, version } of storage.list({ signal })) {
    if (candidates.size === 0) break
    if (metadata === undefined) {
      keepAll('unreadable', id)
      break
    }
    keepNamed(metadata, (keyId) => keep(keyId, 'record', id))
    for (const earlier of (await storage.history?.(id, { signal })) ?? []) {
      if (earlier.version === version || candidates.size === 0) continue
      const stored = await readVersion(storage, id, earlier.version, signal)
      if (stored === undefined) keepAll('unreadable', id)
      else keepNamed(stored, (keyId) => keep(keyId, 'version', id))
    }
  }
  if (candidates.size > 0 && storage.listDeleted !== undefined) {
    for await (const { id } of storage.listDeleted({ signal })) {
      keepAll('deleted', id)
      break
    }
  }
  for (const keyId of candidates) await keyring.dropRetiredKey(keyId, { signal })
  return { removed: [...candidates], kept }
}

const keepNamed = ({ seal }: CredentialMetadata, keep: (keyId: string) => void): void => {
  if (seal !== undefined) keep(seal.keyId)
}

const readVersion = async (
  storage: AnyCredentialStorage,
  id: string,
  version: string,
  signal: AbortSignal | undefined,
): Promise<CredentialMetadata | undefined> => {
  try {
    return (await storage.retrieve(id, { version, signal })).metadata
  } catch {
    signal?.throwIfAborted()
    return undefined
  }
}
