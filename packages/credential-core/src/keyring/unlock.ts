import { randomBytes } from 'node:crypto'
import { type Clock, HoldfastError, toTimestamp, type UlidGenerator } from '@holdfast/contracts'
import type { KeyProvider, Version } from '@holdfast/contracts/credentials'
import { openBytes, sealBytes } from '../sealing/envelope.ts'
import { keyRejected } from './key-rejected.ts'
import type { OpenKeyring } from './keyring.ts'
import {
  type KeyringDocument,
  type KeyringSlot,
  keyringFormat,
  keyringTampered,
  readBase64url,
  verifyKeyring,
} from './keyring-document.ts'
import type { StoredKeyring } from './keyring-store.ts'
import { createVaultKey, importVaultKey, type VaultKey, vaultKeyBytes, withKeyBytes } from './vault-key.ts'

/** An open keyring with the document it came from. */
export interface UnlockedKeyring extends OpenKeyring {
  readonly document: KeyringDocument
  /** The storage's version of it. */
  readonly version: Version
}

/** Name under which the key of anchors is wrapped. */
export const anchorKeyName = 'anchor'

/** Unlocks a stored keyring. What `known` holds of its keys is taken from there, so providers are asked only for an active key that is new. */
export const openKeyring = async (
  stored: StoredKeyring,
  providers: readonly KeyProvider[],
  known: UnlockedKeyring | undefined,
): Promise<UnlockedKeyring> => {
  const { document, version } = stored
  if (known !== undefined && known.version === version) return known
  const familiar = known?.vaultId === document.vaultId ? known.keyOf(document.activeKeyId) : undefined
  const activeKey = familiar ?? (await unwrapActiveKey(document, providers))
  verifyKeyring(stored, activeKey.key)
  return assemble(document, activeKey, version)
}

/** Makes the keyring of a new vault, locked by one provider. */
export const createFirstKeyring = async (
  provider: KeyProvider,
  nextUlid: UlidGenerator,
  clock: Clock,
): Promise<UnlockedKeyring> => {
  const activeKey = createVaultKey()
  const now = toTimestamp(clock.wallNow())
  const vaultId = nextUlid()
  const document: KeyringDocument = {
    format: keyringFormat,
    vaultId,
    revision: nextUlid(),
    createdAt: now,
    updatedAt: now,
    activeKeyId: activeKey.id,
    keys: [{ id: activeKey.id, state: 'active', createdAt: now }],
    anchorKey: wrapWithin(vaultId, activeKey, anchorKeyName, randomBytes(vaultKeyBytes)),
    slots: [await createSlot(provider, vaultId, activeKey, nextUlid(), now)],
  }
  return assemble(document, activeKey, '')
}

/** Builds the open form of a document that is known to be authentic. */
export const assemble = (document: KeyringDocument, activeKey: VaultKey, version: Version): UnlockedKeyring => {
  const keys = new Map([[activeKey.id, activeKey]])
  for (const { id, wrapped } of document.keys) {
    if (wrapped !== undefined) keys.set(id, unwrapWithin(document.vaultId, activeKey, id, wrapped))
  }
  return {
    document,
    version,
    vaultId: document.vaultId,
    revision: document.revision,
    activeKey,
    anchorKey: unwrapWithin(document.vaultId, activeKey, anchorKeyName, document.anchorKey),
    keyOf: (keyId) => keys.get(keyId),
    keys: document.keys.map(({ wrapped: _, ...key }) => key),
    slots: document.slots.map(summaryOf),
  }
}

/** What may be shown of a slot. */
export const summaryOf = ({ id, type, label, createdAt }: KeyringSlot) => ({ id, type, label, createdAt })

/** Lets a provider wrap the active key into a slot. */
export const createSlot = async (
  provider: KeyProvider,
  vaultId: string,
  activeKey: VaultKey,
  slotId: string,
  createdAt: string,
  signal?: AbortSignal,
): Promise<KeyringSlot> => {
  const associatedData = slotData(vaultId, activeKey.id, slotId)
  const { parameters, bytes } = await withKeyBytes(activeKey.key, (key) =>
    provider.wrap(key, { associatedData, signal }),
  )
  return {
    id: slotId,
    type: provider.type,
    label: provider.label,
    createdAt,
    parameters,
    wrapped: Buffer.from(bytes).toString('base64url'),
  }
}

/** Lets a provider open a slot: the active key, or undefined when it is not this provider's. */
export const openSlot = async (
  provider: KeyProvider,
  { vaultId, activeKeyId }: Pick<KeyringDocument, 'vaultId' | 'activeKeyId'>,
  slot: KeyringSlot,
  signal?: AbortSignal,
): Promise<VaultKey | undefined> => {
  if (provider.type !== slot.type) return undefined
  const bytes = readBase64url(slot.wrapped)
  if (bytes === undefined) throw keyringTampered('a slot is not in base64url')
  const associatedData = slotData(vaultId, activeKeyId, slot.id)
  const key = await provider.unwrap({ parameters: slot.parameters, bytes }, { associatedData, signal })
  if (key.length !== vaultKeyBytes) throw keyringTampered('a slot holds a key of the wrong length')
  return importVaultKey(activeKeyId, key)
}

/** Wraps a key of the keyring with its active one and wipes the bytes it was given. */
export const wrapWithin = (vaultId: string, activeKey: VaultKey, name: string, bytes: Uint8Array): string => {
  const wrapped = sealBytes(activeKey.key, keyData(vaultId, activeKey.id, name), bytes).toString('base64url')
  bytes.fill(0)
  return wrapped
}

const unwrapWithin = (vaultId: string, activeKey: VaultKey, name: string, wrapped: string): VaultKey => {
  const envelope = readBase64url(wrapped)
  const bytes =
    envelope === undefined ? undefined : openBytes(activeKey.key, keyData(vaultId, activeKey.id, name), envelope)
  if (bytes === undefined) throw keyringTampered('a retired key or the anchor key was altered')
  return importVaultKey(name, bytes)
}

const unwrapActiveKey = async (document: KeyringDocument, providers: readonly KeyProvider[]): Promise<VaultKey> => {
  const failures: unknown[] = []
  for (const provider of providers) {
    for (const slot of document.slots) {
      try {
        const key = await openSlot(provider, document, slot)
        if (key !== undefined) return key
      } catch (error) {
        failures.push(error)
      }
    }
  }
  throw mostTelling(failures) ?? noSlotFits(document.slots, providers)
}

/** A provider that could not answer, or a file that is exposed, says more than a key that does not fit. */
const mostTelling = (failures: readonly unknown[]): unknown =>
  failures.find((failure) => !(HoldfastError.is(failure) && failure.reason === 'KEY_REJECTED')) ?? failures[0]

const noSlotFits = (slots: readonly KeyringSlot[], providers: readonly KeyProvider[]): HoldfastError =>
  keyRejected(
    `This vault is opened by ${listOf(slots)}, and it was given ${listOf(providers)}.`,
    'Give one of those it is opened by.',
  )

const listOf = (locks: readonly { readonly type: string; readonly label: string }[]): string =>
  locks.map(({ type, label }) => (type === label ? type : `${type} (${label})`)).join(' or ')

const slotData = (vaultId: string, keyId: string, slotId: string): Buffer =>
  Buffer.from(JSON.stringify(['holdfast/slot/v1', vaultId, keyId, slotId]))

const keyData = (vaultId: string, activeKeyId: string, name: string): Buffer =>
  Buffer.from(JSON.stringify(['holdfast/keyring-key/v1', vaultId, activeKeyId, name]))
