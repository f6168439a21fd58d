import { randomBytes } from 'node:crypto'
import type { Journal } from './journal.ts'

/** The attributes the service tells with every secret; times in whole seconds since 1970. */
export interface SecretAttributes {
  readonly enabled: boolean
  readonly created: number
  readonly updated: number
  readonly recoveryLevel: 'Recoverable+Purgeable'
  readonly recoverableDays: number
}

/** One version of a secret. */
export interface SecretVersion {
  readonly version: string
  readonly value: string
  readonly contentType?: string
  readonly tags?: Readonly<Record<string, string>>
  attributes: SecretAttributes
}

/** A secret with all its versions, the last one current. */
interface Secret {
  /** As it was written first: names are compared without case. */
  readonly name: string
  readonly versions: readonly SecretVersion[]
}

/** A secret that was deleted and not yet purged. */
interface DeletedSecret extends Secret {
  readonly deletedDate: number
  /** How many questions about it are still answered as if nothing had happened: deleting takes the service a while. */
  pendingAnswers: number
}

/** What can be set with a version. */
export interface NewVersion {
  readonly value: string
  readonly contentType?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly enabled?: boolean
}

/** A refusal as the service words it. */
export class VaultRefusal extends Error {
  readonly status: number
  readonly code: string
  readonly innerCode: string | undefined

  constructor(status: number, code: string, message: string, innerCode?: string) {
    super(message)
    this.status = status
    this.code = code
    this.innerCode = innerCode
  }
}

/** How long a deleted secret can be recovered, in days: the service's default (7 to 90). */
const recoverableDays = 90

/** How many answers a delete, a purge or a recovery takes to be seen, so that clients that do not wait are found out. */
const slowness = 2

/** The secrets of one vault, with the rules of the service about deleting and names. */
export interface VaultState {
  set(name: string, version: NewVersion): { readonly name: string; readonly version: SecretVersion }
  find(name: string, version?: string): { readonly name: string; readonly version: SecretVersion }
  versionsOf(name: string): readonly SecretVersion[]
  names(): readonly string[]
  remove(name: string): DeletedSecretView
  findDeleted(name: string): DeletedSecretView
  deletedNames(): readonly string[]
  recover(name: string): { readonly name: string; readonly version: SecretVersion }
  purge(name: string): void
}

/** A deleted secret as the service shows it. */
export interface DeletedSecretView {
  readonly name: string
  readonly version: SecretVersion
  readonly deletedDate: number
  readonly scheduledPurgeDate: number
}

/** What changes a vault. */
export type VaultChange =
  | { readonly type: 'set'; readonly name: string; readonly version: SecretVersion }
  | { readonly type: 'remove'; readonly name: string; readonly deletedDate: number }
  | { readonly type: 'recover' | 'purge'; readonly name: string }

const seconds = (): number => Math.floor(Date.now() / 1000)

/** Makes a vault as the journal left it, and writes there what changes. */
export const createVaultState = (journal: Journal<VaultChange>): VaultState => {
  const secrets = new Map<string, Secret>()
  const deleted = new Map<string, DeletedSecret>()
  // Names that are being purged, with the answers until they are free.
  const purging = new Map<string, number>()
  const recovering = new Map<string, number>()
  const keyOf = (name: string): string => name.toLowerCase()

  const notFound = (name: string): VaultRefusal =>
    new VaultRefusal(404, 'SecretNotFound', `A secret with (name/id) ${name} was not found in this key vault.`)

  /** Counts an answer down; true while the change is not to be seen yet. */
  const isPending = (pending: Map<string, number>, key: string): boolean => {
    const left = pending.get(key) ?? 0
    if (left > 0) pending.set(key, left - 1)
    else pending.delete(key)
    return left > 0
  }

  const apply = (change: VaultChange, pendingAnswers: number): void => {
    const key = keyOf(change.name)
    const secret = secrets.get(key) ?? deleted.get(key) ?? { name: change.name, versions: [] }
    secrets.delete(key)
    deleted.delete(key)
    if (change.type === 'set') secrets.set(key, { ...secret, versions: [...secret.versions, change.version] })
    else if (change.type === 'remove') {
      deleted.set(key, { ...secret, deletedDate: change.deletedDate, pendingAnswers })
    } else if (change.type === 'recover') {
      secrets.set(key, { name: secret.name, versions: secret.versions })
      recovering.set(key, pendingAnswers)
    } else purging.set(key, pendingAnswers)
  }
  // While nobody asked, everything has had the time it takes.
  for (const change of journal.entries) apply(change, 0)

  const make = (change: VaultChange): void => {
    journal.append(change)
    apply(change, slowness)
  }

  const live = (name: string): Secret => {
    const key = keyOf(name)
    const secret = secrets.get(key)
    if (secret === undefined || isPending(recovering, key)) throw notFound(name)
    return secret
  }

  const current = (secret: Secret): SecretVersion => {
    const version = secret.versions.at(-1)
    if (version === undefined) throw notFound(secret.name)
    return version
  }

  const view = (secret: Omit<DeletedSecret, 'pendingAnswers'>): DeletedSecretView => ({
    name: secret.name,
    version: current(secret),
    deletedDate: secret.deletedDate,
    scheduledPurgeDate: secret.deletedDate + recoverableDays * 86_400,
  })

  const settled = (name: string): DeletedSecret => {
    const secret = deleted.get(keyOf(name))
    if (secret === undefined) throw notFound(name)
    if (secret.pendingAnswers > 0) {
      secret.pendingAnswers -= 1
      throw notFound(name)
    }
    return secret
  }

  const refuseWhileDeleting = (name: string): void => {
    const secret = deleted.get(keyOf(name))
    if (secret === undefined || secret.pendingAnswers === 0) return
    secret.pendingAnswers -= 1
    throw new VaultRefusal(409, 'Conflict', `Secret ${name} is currently being deleted.`, 'ObjectIsBeingDeleted')
  }

  return {
    set(name, { value, contentType, tags, enabled = true }) {
      const key = keyOf(name)
      if (isPending(purging, key)) {
        throw new VaultRefusal(409, 'Conflict', `Secret ${name} is currently being deleted.`, 'ObjectIsBeingDeleted')
      }
      refuseWhileDeleting(name)
      if (deleted.has(key)) {
        throw new VaultRefusal(
          409,
          'Conflict',
          `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
          'ObjectIsDeletedButRecoverable',
        )
      }
      const now = seconds()
      const version: SecretVersion = {
        version: randomBytes(16).toString('hex'),
        value,
        ...(contentType === undefined ? {} : { contentType }),
        ...(tags === undefined ? {} : { tags }),
        attributes: {
          enabled,
          created: now,
          updated: now,
          recoveryLevel: 'Recoverable+Purgeable',
          recoverableDays,
        },
      }
      make({ type: 'set', name, version })
      return { name: secrets.get(key)?.name ?? name, version }
    },
    find(name, wanted) {
      const secret = live(name)
      const version = wanted === undefined ? current(secret) : secret.versions.find((one) => one.version === wanted)
      if (version === undefined) throw notFound(`${name}/${wanted}`)
      if (!version.attributes.enabled) {
        throw new VaultRefusal(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled')
      }
      return { name: secret.name, version }
    },
    versionsOf: (name) => live(name).versions,
    names: () => [...secrets].flatMap(([key, { name }]) => (isPending(recovering, key) ? [] : name)),
    remove(name) {
      const secret = live(name)
      const deletedDate = seconds()
      make({ type: 'remove', name, deletedDate })
      return view({ ...secret, deletedDate })
    },
    findDeleted: (name) => view(settled(name)),
    deletedNames: () => [...deleted.values()].map(({ name }) => name),
    recover(name) {
      refuseWhileDeleting(name)
      const secret = settled(name)
      make({ type: 'recover', name })
      return { name: secret.name, version: current(secret) }
    },
    purge(name) {
      refuseWhileDeleting(name)
      settled(name)
      make({ type: 'purge', name })
    },
  }
}
