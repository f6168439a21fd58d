import { hash } from 'node:crypto'

/** Names of Key Vault are `[0-9A-Za-z-]`, 1 to 127 characters, compared without case (https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name). */
const maxNameLength = 127

/** What a prefix may be: letters and digits in parts joined by single hyphens, short enough to leave room for a hash. */
export const prefixPattern = /^[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*$/

/** Longest prefix: name limit less separator and hash mark with 64 digits. */
export const maxPrefixLength = 58

/** Ids to names and back. */
export interface SecretNames {
  nameOf(id: string): string
  /** The id that a name stands for; undefined for a hash, and for a name that this library did not make under this prefix. */
  idOf(name: string): string | undefined
  /** Whether the name is a hash, whose id stands in the secret's metadata. */
  isHash(name: string): boolean
}

/**
 * Makes the names of a storage. Lower-case letters and digits stand for themselves, every other byte of the UTF-8 is a
 * hyphen and two hexadecimal digits: `db/Main` is `db-2f-4dain`. An id whose name would be too long is two hyphens and its
 * SHA-256. A prefix stands in front with `-p-`, which no encoded id has in it.
 */
export const createSecretNames = (prefix: string): SecretNames => {
  const start = prefix === '' ? '' : `${prefix}-p-`
  const withoutStart = (name: string): string | undefined =>
    name.toLowerCase().startsWith(start.toLowerCase()) ? name.slice(start.length) : undefined
  return {
    nameOf(id) {
      const name = start + encode(id)
      return name.length <= maxNameLength ? name : `${start}--${hash('sha256', id, 'hex')}`
    },
    idOf(name) {
      const encoded = withoutStart(name)
      return encoded === undefined ? undefined : decode(encoded)
    },
    isHash: (name) => /^--[0-9a-f]{64}$/.test(withoutStart(name) ?? ''),
  }
}

const encode = (id: string): string => {
  let encoded = ''
  for (const byte of Buffer.from(id)) {
    const character = String.fromCharCode(byte)
    encoded += /[0-9a-z]/.test(character) ? character : `-${byte.toString(16).padStart(2, '0')}`
  }
  return encoded
}

const decode = (encoded: string): string | undefined => {
  if (!/^(?:[0-9a-z]|-[0-9a-f]{2})+$/.test(encoded)) return undefined
  const bytes = (encoded.match(/[0-9a-z]|-[0-9a-f]{2}/g) ?? []).map((part) =>
    part.length === 1 ? part.charCodeAt(0) : Number.parseInt(part.slice(1), 16),
  )
  const id = Buffer.from(bytes).toString('utf8')
  // Only what encodes to this very name: bytes that are no UTF-8 and letters written as bytes are somebody else's.
  return encode(id) === encoded ? id : undefined
}
