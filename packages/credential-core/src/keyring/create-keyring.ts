import {
  abortable,
  type Clock,
  createProblems,
  createUlidGenerator,
  HoldfastError,
  systemClock,
} from '@holdfast/contracts'
import type { AnyCredentialStorage, KeyProvider } from '@holdfast/contracts/credentials'
import type { FileSystem } from '@holdfast/contracts/files'
import { createAnchor } from '../sealing/create-anchor.ts'
import type { Keyring, OpenKeyring } from './keyring.ts'
import { changeKeyring, type KeyringChange } from './keyring-changes.ts'
import { createKeyringStore, type StoredKeyring } from './keyring-store.ts'
import { createFirstKeyring, openKeyring, type UnlockedKeyring } from './unlock.ts'

/** Options of {@link createKeyring}. */
export interface CreateKeyringOptions {
  /** Where the vault is; the keyring is its record `.holdfast/keyring`. It stays the caller's to close. */
  readonly storage: AnyCredentialStorage
  /** What may open the vault, tried in this order; the first also locks a keyring that is created. */
  readonly unlock: readonly KeyProvider[]
  /** Makes a keyring when the storage has none. Refused (DATA_LOSS, KEYRING_MISSING) where sealed records are. Default false. */
  readonly createIfMissing?: boolean
  /**
   * A directory of this host, away from the vault and its backups, that remembers the newest state of everything, so that
   * a record or a whole vault restored from an older copy is found (DATA_LOSS, ROLLED_BACK). Made when it is missing; its
   * parent must exist. Each write costs one small durable file more. Default: none, and restored copies cannot be told.
   */
  readonly anchorDirectory?: string | undefined
  /** Where the anchor is kept. Default: the file system of this machine. */
  readonly files?: FileSystem | undefined
  /** Default: the system clock. */
  readonly clock?: Clock
}

const source = 'credential-core'

/** How often a change is tried again on a keyring that another process changed at the same moment. */
const maxAttempts = 20

/**
 * Makes the keyring of the vault in `storage`. Nothing is read before the first call. Two processes that create one at
 * the same time end with the same: the storage's compare-and-set lets one win. On a storage without compare-and-set the
 * last writer wins, so create the keyring and change it from one process at a time.
 */
export const createKeyring = (options: CreateKeyringOptions): Keyring => {
  const { storage, unlock, createIfMissing = false, anchorDirectory, files, clock = systemClock } = options
  const problems = createProblems(source, 'createKeyring')
  problems.require(typeof storage?.retrieve === 'function', 'storage', storage, 'a credential storage')
  problems.require(
    Array.isArray(unlock) && unlock.length > 0 && unlock.every((item) => typeof item?.unwrap === 'function'),
    'unlock',
    unlock,
    'at least one key provider: passphrase(…), keyFile(…), keyFromEnvironment(…)',
  )
  problems.require(typeof createIfMissing === 'boolean', 'createIfMissing', createIfMissing, 'true or false')
  problems.require(
    anchorDirectory === undefined || (typeof anchorDirectory === 'string' && anchorDirectory !== ''),
    'anchorDirectory',
    anchorDirectory,
    'the path of a directory',
  )
  problems.throwIfAny()

  const nextUlid = createUlidGenerator(() => clock.wallNow())
  const store = createKeyringStore(storage, nextUlid, clock)
  let unlocked: UnlockedKeyring | undefined
  let loading: Promise<UnlockedKeyring> | undefined
  let loadedAtMs = 0
  let isClosed = false

  const anchor =
    anchorDirectory === undefined
      ? undefined
      : createAnchor({ directory: anchorDirectory, files, openKeyring: (call) => keyring.open(call) })

  const keep = async (keyring: UnlockedKeyring): Promise<UnlockedKeyring> => {
    await anchor?.recordKeyring(keyring)
    if (isClosed) throw closedError()
    unlocked = keyring
    loadedAtMs = clock.monotonicNow()
    return keyring
  }

  const load = async (): Promise<UnlockedKeyring> => {
    const stored = await store.read()
    if (stored !== undefined) return keep(await openAnchored(stored))
    if (await anchor?.hasMarks()) throw keyringRolledBack(storage, 'has lost its keyring')
    if (!createIfMissing) throw missing(storage)
    await store.refuseSealedRecords()
    const first = await createFirstKeyring(firstOf(unlock), nextUlid, clock)
    const written = await store.write(first.document, first.activeKey, null)
    if (written !== undefined) return keep({ ...first, version: written })
    const winner = await store.read()
    if (winner === undefined) throw missing(storage)
    return keep(await openAnchored(winner))
  }

  const openAnchored = async (stored: StoredKeyring): Promise<UnlockedKeyring> => {
    const opened = await openKeyring(stored, unlock, unlocked)
    const seen = await anchor?.latestKeyringRevision(opened)
    if (seen === undefined || opened.revision >= seen) return opened
    // Another process may have changed it after it was read here; what is read now is not older than what was seen.
    const again = await store.read()
    const newer = again === undefined ? undefined : await openKeyring(again, unlock, opened)
    if (newer === undefined || newer.revision < seen)
      throw keyringRolledBack(storage, 'has an older keyring than before')
    return newer
  }

  /** One load for all who wait; a failed one is forgotten. Each waiter can give up without disturbing the others. */
  const loadOnce = (signal: AbortSignal | undefined): Promise<UnlockedKeyring> => {
    if (isClosed) return Promise.reject(closedError())
    loading ??= load().finally(() => {
      loading = undefined
    })
    return abortable(loading, signal, { source, operation: 'unlock' })
  }

  const change = async <T>(work: KeyringChange<T>, signal: AbortSignal | undefined): Promise<T> => {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const current = await loadOnce(signal)
      const changed = await changeKeyring(current, work, { nextUlid, clock, signal })
      const version = await store.write(changed.keyring.document, changed.keyring.activeKey, current.version, signal)
      if (version === undefined) continue
      await keep({ ...changed.keyring, version })
      return changed.result
    }
    throw contended()
  }

  const keyring: Keyring = {
    anchor,
    async open({ signal, maxAgeMs = Number.POSITIVE_INFINITY } = {}): Promise<OpenKeyring> {
      if (isClosed) throw closedError()
      if (unlocked !== undefined && clock.monotonicNow() - loadedAtMs <= maxAgeMs) return unlocked
      return loadOnce(signal)
    },
    reload: async ({ signal } = {}) => loadOnce(signal),
    addSlot: (provider, { signal } = {}) => change((edit) => edit.addSlot(provider), signal),
    replaceSlot: (slotId, provider, { signal } = {}) => change((edit) => edit.replaceSlot(slotId, provider), signal),
    removeSlot: (slotId, { signal } = {}) => change(async (edit) => edit.removeSlot(slotId), signal),
    async rotate({ signal, providers = [] } = {}) {
      await change((edit) => edit.rotate([...unlock, ...providers]), signal)
      return keyring.open({ signal })
    },
    dropRetiredKey: (keyId, { signal } = {}) => change(async (edit) => edit.dropRetiredKey(keyId), signal),
    close() {
      isClosed = true
      unlocked = undefined
    },
  }
  return keyring
}

const firstOf = (providers: readonly KeyProvider[]): KeyProvider =>
  // createKeyring has checked that there is one.
  providers[0] as KeyProvider

const missing = (storage: AnyCredentialStorage): HoldfastError =>
  new HoldfastError({
    code: 'UNAUTHENTICATED',
    reason: 'KEYRING_MISSING',
    source,
    operation: 'unlock',
    message: `There is no vault in ${storage.name}: it holds no keyring.`,
    hint: 'Create one (createIfMissing: true, or holdfast init), or check that this is the storage you mean.',
  })

const keyringRolledBack = (storage: AnyCredentialStorage, what: string): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'ROLLED_BACK',
    source,
    operation: 'unlock',
    message: `The vault in ${storage.name} ${what}: this host's anchor has seen a newer state of it.`,
    hint: 'Restore the newest copy of the vault; give a new vault an anchor directory of its own.',
  })

const closedError = (): HoldfastError =>
  new HoldfastError({
    code: 'CLOSED',
    source,
    operation: 'unlock',
    message: 'The keyring was used after it was closed.',
    hint: 'Create a new keyring, or close this one only after its last use.',
  })

const contended = (): HoldfastError =>
  new HoldfastError({
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    source,
    operation: 'changeKeyring',
    message: `Another process changed the keyring each time this one tried, ${maxAttempts} times.`,
    hint: 'Try again when the other change is done.',
    retryable: true,
  })
