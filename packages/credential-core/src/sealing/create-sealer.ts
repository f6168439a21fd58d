import { HoldfastError } from '@holdfast/contracts'
import type { CredentialMetadata } from '@holdfast/contracts/credentials'
import type { Keyring } from '../keyring/keyring.ts'
import { canonicalMetadata } from './canonical-metadata.ts'
import { envelopeFormat, openBytes, sealBytes } from './envelope.ts'
import type { Sealer } from './sealer.ts'

/**
 * How old the keyring in memory may be when it seals, in milliseconds. A process that runs for months learns within this
 * time that another one rotated the vault key, so a retired key is not used for longer.
 */
export const sealingKeyMaxAgeMs = 15 * 60_000

/** Makes a {@link Sealer} that takes its keys from a keyring. */
export const createSealer = (keyring: Keyring): Sealer => ({
  async seal(unsealed, plaintext, { signal } = {}) {
    const { vaultId, activeKey } = await keyring.open({ signal, maxAgeMs: sealingKeyMaxAgeMs })
    const metadata: CredentialMetadata = {
      ...unsealed,
      seal: { format: envelopeFormat, vaultId, keyId: activeKey.id },
    }
    const header = canonicalMetadata(metadata)
    if (header === undefined) throw malformedMetadata(metadata.id)
    return { metadata, value: sealBytes(activeKey.key, header, plaintext) }
  },

  async open({ metadata, value }, { signal } = {}) {
    const { seal } = metadata
    const header = canonicalMetadata(metadata)
    if (seal === undefined || header === undefined) throw tampered(metadata.id)
    if (seal.format > envelopeFormat && seal.format === value[0]) throw newerFormat(metadata.id, seal.format)
    if (seal.format !== envelopeFormat) throw tampered(metadata.id)
    let opened = await keyring.open({ signal })
    // Another process may have rotated the vault key since this one read the keyring.
    if (opened.keyOf(seal.keyId) === undefined) opened = await keyring.reload({ signal })
    const key = opened.keyOf(seal.keyId)
    if (key === undefined || opened.vaultId !== seal.vaultId) throw keyUnknown(metadata.id)
    const plaintext = openBytes(key.key, header, value)
    if (plaintext === undefined) throw tampered(metadata.id)
    return plaintext
  },
})

const source = 'credential-core'

const nameOf = (id: unknown): string => JSON.stringify(String(id).slice(0, 120))

const tampered = (id: unknown): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'TAMPERED',
    source,
    operation: 'open',
    message: `The record ${nameOf(id)} is not what was sealed under this name: its value or its header was damaged, altered or exchanged.`,
    hint: 'Restore it from its previous version or a backup, and find out who can write to the storage.',
  })

const keyUnknown = (id: unknown): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'KEY_UNKNOWN',
    source,
    operation: 'open',
    message: `The record ${nameOf(id)} names a vault key that this keyring does not hold.`,
    hint: 'It comes from another vault, its header was altered, or the keyring was restored from an older copy: restore both from the same backup.',
  })

const newerFormat = (id: unknown, format: number): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source,
    operation: 'open',
    message: `The record ${nameOf(id)} was sealed in format ${format}, and this version of @holdfast/credential-core reads up to ${envelopeFormat}.`,
    hint: 'Upgrade @holdfast/credential-core.',
  })

const malformedMetadata = (id: unknown): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'VALUE_MALFORMED',
    source,
    operation: 'seal',
    message: `The metadata of ${nameOf(id)} cannot be sealed: a field is missing, of the wrong type, unknown, or not well-formed Unicode.`,
    hint: 'Correct the metadata; tags and times are text, and there are no other fields than those of CredentialMetadata.',
  })
