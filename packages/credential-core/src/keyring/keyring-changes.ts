import { type Clock, HoldfastError, toTimestamp, type UlidGenerator } from '@holdfast/contracts'
import type { KeyProvider } from '@holdfast/contracts/credentials'
import type { KeySlotSummary } from './keyring.ts'
import { type KeyringDocument, type KeyringKey, type KeyringSlot, maxSlots } from './keyring-document.ts'
import { anchorKeyName, assemble, createSlot, openSlot, summaryOf, type UnlockedKeyring, wrapWithin } from './unlock.ts'
import { createVaultKey, type VaultKey, withKeyBytes } from './vault-key.ts'

/** What a change does to the keyring, and what it answers. It runs again on the newer keyring when another process was faster. */
export type KeyringChange<T> = (edit: KeyringEdit) => Promise<T>

/** The changes a keyring knows. */
export interface KeyringEdit {
  addSlot(provider: KeyProvider): Promise<KeySlotSummary>
  replaceSlot(slotId: string, provider: KeyProvider): Promise<KeySlotSummary>
  removeSlot(slotId: string): void
  rotate(providers: readonly KeyProvider[]): Promise<void>
  dropRetiredKey(keyId: string): void
}

interface ChangeOptions {
  readonly nextUlid: UlidGenerator
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
}

/** Applies one change to an unlocked keyring, giving the keyring to store. */
export const changeKeyring = async <T>(
  current: UnlockedKeyring,
  change: KeyringChange<T>,
  { nextUlid, clock, signal }: ChangeOptions,
): Promise<{ readonly keyring: UnlockedKeyring; readonly result: T }> => {
  const now = toTimestamp(clock.wallNow())
  const { vaultId } = current
  let { activeKey } = current
  let keys: readonly KeyringKey[] = current.document.keys
  let slots: readonly KeyringSlot[] = current.document.slots
  let anchorKey = current.document.anchorKey

  const slotFor = (provider: KeyProvider, slotId: string): Promise<KeyringSlot> =>
    createSlot(provider, vaultId, activeKey, slotId, now, signal)

  const result = await change({
    async addSlot(provider) {
      if (slots.length >= maxSlots) throw tooManySlots()
      const slot = await slotFor(provider, nextUlid())
      slots = [...slots, slot]
      return summaryOf(slot)
    },
    async replaceSlot(slotId, provider) {
      requireSlot(slots, slotId, 'replaceSlot')
      const slot = await slotFor(provider, nextUlid())
      slots = slots.map((existing) => (existing.id === slotId ? slot : existing))
      return summaryOf(slot)
    },
    removeSlot(slotId) {
      requireSlot(slots, slotId, 'removeSlot')
      if (slots.length === 1) throw lastSlot()
      slots = slots.filter(({ id }) => id !== slotId)
    },
    async rotate(providers) {
      const owners = await ownersOf(current.document, providers, signal)
      const next = createVaultKey()
      const rewrap = (name: string, { key }: VaultKey): Promise<string> =>
        withKeyBytes(key, (bytes) => wrapWithin(vaultId, next, name, bytes))
      keys = await Promise.all(
        keys.map(async (key) => {
          // Every key of an open keyring is in keyOf.
          const wrapped = await rewrap(key.id, current.keyOf(key.id) as VaultKey)
          return { ...key, state: 'retired' as const, retiredAt: key.retiredAt ?? now, wrapped }
        }),
      )
      keys = [...keys, { id: next.id, state: 'active', createdAt: now }]
      anchorKey = await rewrap(anchorKeyName, current.anchorKey)
      activeKey = next
      slots = await Promise.all(owners.map(([slot, provider]) => slotFor(provider, slot.id)))
    },
    dropRetiredKey(keyId) {
      if (keyId === activeKey.id) throw activeKeyInUse(keyId)
      keys = keys.filter(({ id }) => id !== keyId)
    },
  })

  const document: KeyringDocument = {
    ...current.document,
    revision: nextUlid({ after: current.revision }),
    updatedAt: now,
    activeKeyId: activeKey.id,
    keys,
    anchorKey,
    slots,
  }
  return { keyring: assemble(document, activeKey, current.version), result }
}

/** The provider that opens each slot: only it can be trusted to hold the same secret when it wraps the new key. */
const ownersOf = async (
  document: KeyringDocument,
  providers: readonly KeyProvider[],
  signal: AbortSignal | undefined,
): Promise<readonly (readonly [KeyringSlot, KeyProvider])[]> => {
  const owners: (readonly [KeyringSlot, KeyProvider])[] = []
  const orphans: KeyringSlot[] = []
  for (const slot of document.slots) {
    const owner = await ownerOf(slot, document, providers, signal)
    if (owner === undefined) orphans.push(slot)
    else owners.push([slot, owner])
  }
  if (orphans.length > 0) throw slotsLocked(orphans)
  return owners
}

const ownerOf = async (
  slot: KeyringSlot,
  document: KeyringDocument,
  providers: readonly KeyProvider[],
  signal: AbortSignal | undefined,
): Promise<KeyProvider | undefined> => {
  for (const provider of providers) {
    try {
      if ((await openSlot(provider, document, slot, signal)) !== undefined) return provider
    } catch (error) {
      if (!(HoldfastError.is(error) && error.reason === 'KEY_REJECTED')) throw error
    }
  }
  return undefined
}

const requireSlot = (slots: readonly KeyringSlot[], slotId: string, operation: string): void => {
  if (slots.some(({ id }) => id === slotId)) return
  throw refused(
    operation,
    `The keyring has no slot ${JSON.stringify(String(slotId).slice(0, 80))}.`,
    `Its slots are ${slots.map(({ id, type, label }) => `${id} (${type}, ${label})`).join(', ')}.`,
  )
}

const lastSlot = (): HoldfastError =>
  refused(
    'removeSlot',
    'The last slot of a keyring cannot be removed: nothing could open the vault again.',
    'Add another slot first, or replace this one.',
  )

const slotsLocked = (slots: readonly KeyringSlot[]): HoldfastError =>
  refused(
    'rotate',
    `The vault key cannot be rotated: nothing that was given opens the slots ${slots
      .map(({ id, type, label }) => `${id} (${type}, ${label})`)
      .join(', ')}, and each slot has to take the new key.`,
    'Pass their providers as well, or remove these slots first.',
  )

const activeKeyInUse = (keyId: string): HoldfastError =>
  refused('dropRetiredKey', `The key ${keyId} is the active one.`, 'Rotate first; only retired keys are dropped.')

const refused = (operation: string, message: string, hint: string): HoldfastError =>
  new HoldfastError({ code: 'INVALID_ARGUMENT', source: 'credential-core', operation, message, hint })

const tooManySlots = (): HoldfastError =>
  new HoldfastError({
    code: 'RESOURCE_EXHAUSTED',
    reason: 'LIMIT_EXCEEDED',
    source: 'credential-core',
    operation: 'addSlot',
    message: `The keyring has ${maxSlots} slots, which is the most it can have.`,
    hint: 'Remove a slot that is no longer used.',
  })
