import { randomBytes } from 'node:crypto'
import { Secret } from '@holdfast/contracts'
import { vaultKeyBytes } from './vault-key.ts'

/** What a key begins with as text, so that people and secret scanners recognise it. */
const prefix = 'holdfast-key-1:'

/** Makes a random key as text: the prefix and 32 bytes in base64url. */
export const createKeyText = (): string => prefix + randomBytes(vaultKeyBytes).toString('base64url')

/** Reads a key: the text that {@link createKeyText} makes, or 32 bytes in bare base64 or base64url; surrounding white space is ignored. Undefined when it is neither. */
export const readKeyText = (text: string): Secret<Uint8Array> | undefined => {
  const trimmed = text.trim()
  const encoded = trimmed.startsWith(prefix) ? trimmed.slice(prefix.length) : trimmed
  if (!/^[\w+/-]{43}=?$/.test(encoded)) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.length !== vaultKeyBytes) return undefined
  const key = new Secret<Uint8Array>(bytes)
  bytes.fill(0)
  return key
}
