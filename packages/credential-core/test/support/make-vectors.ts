import { createHash, createSecretKey } from 'node:crypto'
import { parseScopeId } from '@holdfast/contracts'
import type { CredentialMetadata } from '@holdfast/contracts/credentials'
import { encodeKeyring, type KeyringDocument, type KeyringSlot } from '../../src/keyring/keyring-document.ts'
import { deriveWithScrypt } from '../../src/keyring/passphrase-derivation.ts'
import { wrapWithKey } from '../../src/keyring/wrap-with-key.ts'
import { encodeAnchor, type Mark } from '../../src/sealing/anchor-marks.ts'
import { canonicalMetadata } from '../../src/sealing/canonical-metadata.ts'
import { sealBytes } from '../../src/sealing/envelope.ts'
import { fullMetadata } from './metadata.ts'

/** What `test/vectors/envelope.json` holds. */
export interface Vectors {
  readonly description: string
  readonly passphrase: string
  readonly keyFile: string
  readonly keyring: string
  readonly vaultKeys: Readonly<Record<string, string>>
  readonly anchorKey: string
  readonly anchor: string
  readonly anchorMarks: readonly (readonly [string, number, string, string])[]
  readonly records: readonly {
    readonly about: string
    readonly metadata: CredentialMetadata
    readonly additionalData: string
    readonly envelope: string
    readonly plaintext: string
  }[]
}

/** Bytes that look random and are the same each time. */
const fixed = (name: string, length = 32): Buffer =>
  createHash('shake256', { outputLength: length }).update(`holdfast test vector: ${name}`).digest()

const vaultId = '01K00000000000000000000000'
const activeKeyId = '01K00000000000000000000001'
const retiredKeyId = '01K00000000000000000000002'
const time = '2026-01-01T00:00:00.000Z'
const passphrase = 'correct horse battery staple, caf\u00e9'
const keyFileKey = fixed('key file')

/** Builds the vectors from fixed keys, salts and nonces, with the functions that write the real thing. */
export const makeVectors = async (): Promise<Vectors> => {
  const activeKey = createSecretKey(fixed('active key'))
  const retiredKey = createSecretKey(fixed('retired key'))
  const within = (name: string, key: Buffer): string => {
    const data = Buffer.from(JSON.stringify(['holdfast/keyring-key/v1', vaultId, activeKeyId, name]))
    return sealBytes(activeKey, data, key, fixed(`salt of ${name}`)).toString('base64url')
  }
  const slot = (id: string, wrappingKey: Buffer): Pick<KeyringSlot, 'id' | 'createdAt' | 'wrapped'> => {
    const data = Buffer.from(JSON.stringify(['holdfast/slot/v1', vaultId, activeKeyId, id]))
    const nonce = fixed(`nonce of ${id}`, 12)
    return {
      id,
      createdAt: time,
      wrapped: wrapWithKey(wrappingKey, fixed('active key'), data, nonce).toString('base64url'),
    }
  }
  const scrypt = { derivation: 'scrypt', N: 16_384, r: 8, p: 1 } as const
  const salt = fixed('salt of passphrase')
  const derived = await deriveWithScrypt(Buffer.from(passphrase), { ...scrypt, salt })
  const document: KeyringDocument = {
    format: 1,
    vaultId,
    revision: '01K00000000000000000000003',
    createdAt: time,
    updatedAt: time,
    activeKeyId,
    keys: [
      {
        id: retiredKeyId,
        state: 'retired',
        createdAt: time,
        retiredAt: time,
        wrapped: within(retiredKeyId, fixed('retired key')),
      },
      { id: activeKeyId, state: 'active', createdAt: time },
    ],
    anchorKey: within('anchor', fixed('anchor key')),
    slots: [
      {
        ...slot('01K00000000000000000000004', derived),
        type: 'passphrase',
        label: 'passphrase',
        parameters: { ...scrypt, salt: salt.toString('base64url') },
      },
      {
        ...slot('01K00000000000000000000005', keyFileKey),
        type: 'key-file',
        label: '/etc/app/vault.key',
        parameters: {},
      },
    ],
  }
  const marks = new Map<string, Mark>([
    ['', { epoch: 0, revision: document.revision, state: 'live' }],
    ['db/main', { epoch: 1, revision: '01K00000000000000000000006', state: 'deleted' }],
  ])
  const announced = [{ id: 'cache/main', revision: '01K00000000000000000000007' }]
  const { scope: _scope, expiresAt: _expiresAt, ...least } = fullMetadata()
  const record = (
    about: string,
    metadata: Omit<CredentialMetadata, 'seal'>,
    plaintext: Buffer,
    keyId = activeKeyId,
  ) => {
    const sealed = { ...metadata, seal: { format: 1, vaultId, keyId } }
    const additionalData = canonicalMetadata(sealed)
    if (additionalData === undefined) throw new Error(`${about}: not metadata`)
    const key = keyId === activeKeyId ? activeKey : retiredKey
    const envelope = sealBytes(key, additionalData, plaintext, fixed(`salt of record ${about}`))
    return {
      about,
      metadata: sealed,
      additionalData: additionalData.toString(),
      envelope: envelope.toString('base64'),
      plaintext: plaintext.toString('hex'),
    }
  }
  return {
    description: 'Fixed keys, salts and nonces. docs/format.md says how to open these; scripts/open-envelopes.py does.',
    passphrase,
    keyFile: `holdfast-key-1:${keyFileKey.toString('base64url')}\n`,
    keyring: encodeKeyring(document, activeKey).toString(),
    vaultKeys: {
      [activeKeyId]: fixed('active key').toString('hex'),
      [retiredKeyId]: fixed('retired key').toString('hex'),
    },
    anchorKey: fixed('anchor key').toString('hex'),
    anchor: encodeAnchor({ vaultId, marks, announced }, createSecretKey(fixed('anchor key'))).toString(),
    anchorMarks: [...marks].map(([id, { epoch, revision, state }]) => [id, epoch, revision, state]),
    records: [
      record('every field', fullMetadata(), Buffer.from('s3cret')),
      record('no scope, no expiry, no tags', { ...least, tags: {} }, Buffer.from('s3cret')),
      record('an empty value', fullMetadata(), Buffer.alloc(0)),
      record('every byte', fullMetadata({ encoding: 'bytes' }), Buffer.from(Array.from({ length: 256 }, (_, i) => i))),
      record(
        'names and values that JSON escapes, and tags in the order of UTF-16',
        fullMetadata({
          id: 'caf\u00e9/\u{1f511}/"\\',
          scope: parseScopeId('org:\u00fcber'),
          tags: { '\u{1f511}': 'key', '\uffee': 'half-width', a: 'line\nbreak\ttab\u0001\u007f\u2028', B: '/</' },
        }),
        Buffer.from('p\u00e4ssw\u00f6rd'),
      ),
      record('under the retired key', fullMetadata(), Buffer.from('old'), retiredKeyId),
    ],
  }
}
