import { type KeyObject, timingSafeEqual } from 'node:crypto'
import { HoldfastError } from '@holdfast/contracts'
import type { KeyParameters } from '@holdfast/contracts/credentials'
import { hmac } from '../sealing/hmac.ts'

/** The reserved id under which a storage holds its keyring. */
export const keyringId = '.holdfast/keyring'

/** Number of the keyring format that is written (`docs/format.md`). */
export const keyringFormat = 1

/** Longest keyring that is read, in bytes: the value limit of AWS Secrets Manager, the smallest that any backend has to offer but Azure's. */
export const maxKeyringBytes = 65_536

/** Most slots of a keyring. */
export const maxSlots = 32

const domain = Buffer.from('holdfast/keyring/v1\0', 'latin1')

/** A vault key as the keyring holds it. The active one is wrapped in the slots, the retired ones with the active one. */
export interface KeyringKey {
  readonly id: string
  readonly state: 'active' | 'retired'
  readonly createdAt: string
  /** When it was retired; only of retired keys. */
  readonly retiredAt?: string
  /** An envelope (base64url) under the active key; only of retired keys. */
  readonly wrapped?: string
}

/** One way to open the keyring: the active vault key, wrapped by a key provider. */
export interface KeyringSlot {
  readonly id: string
  readonly type: string
  readonly label: string
  readonly createdAt: string
  readonly parameters: KeyParameters
  /** What the provider made, in base64url. */
  readonly wrapped: string
}

/** What a keyring holds. */
export interface KeyringDocument {
  readonly format: number
  readonly vaultId: string
  /** ULID that grows with each change. */
  readonly revision: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly activeKeyId: string
  readonly keys: readonly KeyringKey[]
  /** The key of anchors, the same for the life of the vault: an envelope (base64url) under the active key. */
  readonly anchorKey: string
  readonly slots: readonly KeyringSlot[]
}

/** A keyring as it was read, not yet known to be authentic. */
export interface UnverifiedKeyring {
  readonly document: KeyringDocument
  /** The exact bytes that are authenticated. */
  readonly body: Uint8Array
  readonly mac: Uint8Array
}

/** Writes a keyring: a line of JSON and a line with the HMAC-SHA-512 of the first under the active vault key, in base64url. */
export const encodeKeyring = (document: KeyringDocument, activeKey: KeyObject): Buffer => {
  const body = Buffer.from(JSON.stringify(document))
  return Buffer.concat([
    body,
    Buffer.from(`\n${hmac(activeKey, Buffer.concat([domain, body])).toString('base64url')}\n`),
  ])
}

/** Reads a keyring up to its authentication, refusing what this library never writes: DATA_LOSS with TAMPERED, or UNSUPPORTED for a newer format. */
export const decodeKeyring = (bytes: Uint8Array): UnverifiedKeyring => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = buffer.indexOf(0x0a)
  if (buffer.length > maxKeyringBytes || end === -1) throw keyringTampered('it is not in the format of a keyring')
  const mac = readBase64url(buffer.toString('latin1', end + 1, buffer.length - 1))
  if (mac?.length !== 64 || buffer.at(-1) !== 0x0a) throw keyringTampered('it is not in the format of a keyring')
  const body = buffer.subarray(0, end)
  return { document: readDocument(body), body, mac }
}

/** Throws DATA_LOSS with TAMPERED unless the keyring was written by a holder of its active vault key, as it is. */
export const verifyKeyring = ({ body, mac }: UnverifiedKeyring, activeKey: KeyObject): void => {
  if (!timingSafeEqual(hmac(activeKey, Buffer.concat([domain, body])), mac))
    throw keyringTampered('its slots or keys were altered')
}

/** Reads base64url strictly: undefined for any other text, also for one that only decodes to the same bytes. */
export const readBase64url = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** The error of a keyring that is not what was written. */
export const keyringTampered = (what: string, cause?: unknown): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'TAMPERED',
    source: 'credential-core',
    operation: 'unlock',
    message: `The keyring of this vault is damaged or was tampered with: ${what}.`,
    hint: `Restore the record ${keyringId} from its previous version or from a backup; the sealed records are not lost.`,
    cause,
  })

const readDocument = (body: Buffer): KeyringDocument => {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch {
    throw keyringTampered('it is not JSON')
  }
  if (!isObject(parsed)) throw keyringTampered('it is not a JSON object')
  if (typeof parsed.format === 'number' && parsed.format > keyringFormat) throw newerFormat(parsed.format)
  if (!isDocument(parsed)) throw keyringTampered('a field is missing or of the wrong type')
  return parsed
}

const isDocument = (value: Fields): value is Fields & KeyringDocument =>
  value.format === keyringFormat &&
  areTexts(value, ['vaultId', 'revision', 'createdAt', 'updatedAt', 'activeKeyId', 'anchorKey']) &&
  Array.isArray(value.keys) &&
  value.keys.every(isKey) &&
  value.keys.filter((key) => key.state === 'active').length === 1 &&
  value.keys.some((key) => key.state === 'active' && key.id === value.activeKeyId) &&
  Array.isArray(value.slots) &&
  value.slots.length >= 1 &&
  value.slots.length <= maxSlots &&
  value.slots.every(isSlot)

const isKey = (value: unknown): value is KeyringKey =>
  isObject(value) &&
  areTexts(value, ['id', 'createdAt']) &&
  (value.state === 'active' || (value.state === 'retired' && areTexts(value, ['retiredAt', 'wrapped'])))

const isSlot = (value: unknown): value is KeyringSlot =>
  isObject(value) &&
  areTexts(value, ['id', 'type', 'label', 'createdAt', 'wrapped']) &&
  isObject(value.parameters) &&
  Object.values(value.parameters).every((item) => ['string', 'number', 'boolean'].includes(typeof item))

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const areTexts = (value: Fields, names: readonly string[]): boolean =>
  names.every((name) => typeof value[name] === 'string')

const newerFormat = (format: number): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source: 'credential-core',
    operation: 'unlock',
    message: `The keyring of this vault has format ${format}, and this version of @holdfast/credential-core reads up to ${keyringFormat}.`,
    hint: 'Upgrade @holdfast/credential-core.',
  })
