import { createProblems, Secret } from '@holdfast/contracts'
import type { KeyProvider } from '@holdfast/contracts/credentials'
import { keyRejected } from './key-rejected.ts'
import { readKeyText } from './key-text.ts'
import { vaultKeyBytes } from './vault-key.ts'
import { unwrapWithKey, wrapWithKey } from './wrap-with-key.ts'

/** Unlocks a keyring with 32 random bytes that the caller keeps. The label is shown with the slot; default `raw key`. */
export const rawKey = (key: Secret<Uint8Array> | Uint8Array, { label = 'raw key' } = {}): KeyProvider => {
  const held = Secret.is(key) ? key : new Secret<Uint8Array>(key)
  const problems = createProblems('credential-core', 'rawKey')
  problems.require(held.reveal().length === vaultKeyBytes, 'key', held, `${vaultKeyBytes} bytes`)
  problems.require(typeof label === 'string' && label !== '', 'label', label, 'a text that is not empty')
  problems.throwIfAny()
  return keyProviderOf('raw-key', label, async () => held)
}

/**
 * Unlocks a keyring with the key in an environment variable: `holdfast-key-1:` and 32 bytes in base64url, or 32 bytes in
 * base64 (`openssl rand -base64 32`). Read when the keyring is opened; absent or malformed is UNAUTHENTICATED with
 * KEY_REJECTED, naming the variable.
 */
export const keyFromEnvironment = (name: string, environment: NodeJS.ProcessEnv = process.env): KeyProvider =>
  keyProviderOf('raw-key', `environment variable ${name}`, async () => {
    const text = environment[name]
    const key = text === undefined ? undefined : readKeyText(text)
    if (key !== undefined) return key
    throw keyRejected(
      text === undefined
        ? `The environment variable ${name} is not set, so it opens no vault.`
        : `The environment variable ${name} does not hold a key of ${vaultKeyBytes} bytes.`,
      `Set ${name} to the key of this vault: 32 bytes in base64.`,
    )
  })

/** A provider that wraps with 32 bytes which `read` gives when they are needed. */
export const keyProviderOf = (
  type: string,
  label: string,
  read: (purpose: 'wrap' | 'unwrap') => Promise<Secret<Uint8Array>>,
): KeyProvider => ({
  type,
  label,
  async wrap(key, { associatedData }) {
    const bytes = (await read('wrap')).reveal()
    try {
      return { parameters: {}, bytes: wrapWithKey(bytes, key, associatedData) }
    } finally {
      bytes.fill(0)
    }
  },
  async unwrap(wrapped, { associatedData }) {
    const bytes = (await read('unwrap')).reveal()
    const key = unwrapWithKey(bytes, wrapped.bytes, associatedData)
    bytes.fill(0)
    if (key !== undefined) return key
    throw keyRejected(
      `The key (${label}) does not open this vault.`,
      'Use the key this vault was made with; it belongs to one vault, and another vault has another.',
    )
  },
})
