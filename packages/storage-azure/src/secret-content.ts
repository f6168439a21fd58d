import { HoldfastError } from '@holdfast/contracts'
import {
  type CredentialMetadata,
  type CredentialRecord,
  credentialMetadataProblem,
  type UnreadableDocument,
  type Version,
} from '@holdfast/contracts/credentials'
import { source } from './errors.ts'

/** Most tags of a secret, and longest name and value of one in characters (https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates). */
const maxTags = 15
const maxTagCharacters = 256

/** Longest value in characters: 25 KB (https://learn.microsoft.com/azure/key-vault/secrets/about-secrets). */
const maxValueCharacters = 25 * 1024

/** Longest value of a credential in bytes: what 25 KB of base64 hold. */
export const maxValueBytes = (maxValueCharacters / 4) * 3

/** Tags of ours: `holdfast-0`, `holdfast-1`, … */
const ownTag = 'holdfast-'
const contentFormat = 1

const base64Type = 'application/vnd.holdfast.base64'
const textTypes = { text: 'text/plain', json: 'application/json' } as const

/** What stands in Key Vault for one version of a credential. */
export interface SecretContent {
  readonly value: string
  readonly contentType: string
  readonly tags: Readonly<Record<string, string>>
}

/** A credential as it was read. */
export interface ReadContent {
  readonly version: Version
  readonly metadata: CredentialMetadata
}

/**
 * What to store for a record. A value that is readable text is stored as it is, so that other programs find the secret
 * itself; every other one is base64. The metadata is JSON, cut into tags, because listings show tags and no values. Tags of
 * the credential and default tags are also set as tags of their own as far as there is room, for people and policies;
 * `onSkipped` is told of the others. Errors: INVALID_ARGUMENT with LIMIT_EXCEEDED.
 */
export const toSecretContent = (
  { metadata, value }: CredentialRecord,
  version: Version,
  defaultTags: Readonly<Record<string, string>>,
  onSkipped: (names: readonly string[]) => void,
): SecretContent => {
  const text = metadata.seal === undefined && metadata.encoding !== 'bytes' ? textOf(value) : undefined
  const stored = text ?? base64Of(value)
  if (stored.length > maxValueCharacters) throw tooLong(metadata.id, 'value', stored.length, maxValueCharacters)
  const parts = partsOf(JSON.stringify([contentFormat, version, metadata]))
  if (parts.length > maxTags) {
    throw tooLong(metadata.id, 'metadata', parts.length * maxTagCharacters, maxTags * maxTagCharacters)
  }
  const own = parts.map((part, index) => [`${ownTag}${index}`, part] as const)
  const candidates = Object.entries({ ...defaultTags, ...metadata.tags })
  const fitting = candidates.filter(([name, text]) => isTag(name, text)).slice(0, maxTags - own.length)
  const shown = new Set(fitting.map(([name]) => name))
  const skipped = candidates.flatMap(([name]) => (shown.has(name) ? [] : [name]))
  if (skipped.length > 0) onSkipped(skipped)
  return {
    value: stored,
    contentType: text === undefined || metadata.encoding === 'bytes' ? base64Type : textTypes[metadata.encoding],
    tags: Object.fromEntries([...own, ...fitting]),
  }
}

/** Version and metadata out of the tags. `id` is undefined where the name is a hash: then the metadata says it. */
export const readTags = (
  tags: Readonly<Record<string, string>> | undefined,
  id: string | undefined,
): ReadContent | UnreadableDocument => {
  let json = ''
  for (let index = 0; index < maxTags; index++) json += tags?.[`${ownTag}${index}`] ?? ''
  const content = parse(json)
  if (content === undefined) return { problem: 'it was not written by this library' }
  const [format, version, metadata] = content
  if (format !== contentFormat) return { problem: `it has a format that this release does not read` }
  if (typeof version !== 'string') return { problem: 'it has no version' }
  const problem = credentialMetadataProblem(metadata, id ?? String(Reflect.get(Object(metadata), 'id')))
  if (problem !== undefined) return { problem }
  // Its shape has just been looked at.
  return { version, metadata: metadata as CredentialMetadata }
}

/** The bytes of a value; undefined when it is not what its type says. */
export const readValue = (value: string, contentType: string | undefined): Uint8Array | undefined => {
  if (contentType !== base64Type) return new TextEncoder().encode(value)
  if (value === emptyValue) return new Uint8Array(0)
  return /^[A-Za-z0-9+/]+={0,2}$/.test(value) ? new Uint8Array(Buffer.from(value, 'base64')) : undefined
}

/** Stands for no bytes at all: whether an empty value is taken is not documented. */
const emptyValue = '='

const base64Of = (value: Uint8Array): string =>
  value.length === 0 ? emptyValue : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')

/** Undefined for bytes that are no UTF-8, that would not come back the same (a byte order mark), and for none. */
const textOf = (value: Uint8Array): string | undefined => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(value)
    return text !== '' && Buffer.byteLength(text) === value.length ? text : undefined
  } catch {
    return undefined
  }
}

/** Pieces of at most 256 characters, none of which ends between the halves of one. */
const partsOf = (text: string): readonly string[] => {
  const parts: string[] = []
  for (let start = 0; start < text.length; ) {
    const isHalf = /[\ud800-\udbff]/.test(text.charAt(start + maxTagCharacters - 1))
    const end = start + maxTagCharacters - (isHalf ? 1 : 0)
    parts.push(text.slice(start, end))
    start = end
  }
  return parts
}

const isTag = (name: string, text: string): boolean =>
  name.length >= 1 &&
  name.length <= maxTagCharacters &&
  text.length <= maxTagCharacters &&
  !name.toLowerCase().startsWith(ownTag)

const parse = (json: string): readonly unknown[] | undefined => {
  try {
    const content: unknown = JSON.parse(json)
    return Array.isArray(content) ? content : undefined
  } catch {
    return undefined
  }
}

const tooLong = (id: string, what: string, given: number, allowed: number): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'LIMIT_EXCEEDED',
    source,
    operation: 'store',
    message: `The ${what} of ${JSON.stringify(id)} takes ${given} characters in Key Vault, and ${allowed} are allowed.`,
    hint: what === 'value' ? 'Keep large data elsewhere and store the key to it here.' : 'Use fewer or shorter tags.',
    details: { id },
  })
