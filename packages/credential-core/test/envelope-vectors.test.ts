import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createKeyring, createSealer, keyFile, keyringId, passphrase } from '../src/index.ts'
import { makeVectors } from './support/make-vectors.ts'
import { fullMetadata } from './support/metadata.ts'
import { createPlainStorage } from './support/plain-storage.ts'
import envelopes from './vectors/envelope.json' with { type: 'json' }

const storageWithKeyring = () => {
  const metadata = { ...fullMetadata(), id: keyringId }
  const value = Buffer.from(envelopes.keyring)
  return createPlainStorage(new Map([[keyringId, { metadata, value, version: 'vector' }]]))
}

describe('the vectors of docs/format.md', () => {
  it('are what this version writes, byte for byte', async () => {
    expect(await makeVectors()).toEqual(envelopes)
  })

  it('are opened with the passphrase and with the key file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-vectors-'))
    const path = join(folder, 'vault.key')
    await writeFile(path, envelopes.keyFile, { mode: 0o600 })
    const { records } = await makeVectors()
    try {
      for (const provider of [passphrase(envelopes.passphrase), keyFile(path)]) {
        const sealer = createSealer(createKeyring({ storage: storageWithKeyring(), unlock: [provider] }))
        for (const { metadata, envelope, plaintext } of records) {
          const opened = await sealer.open({ metadata, value: Buffer.from(envelope, 'base64') })
          expect(Buffer.from(opened).toString('hex')).toBe(plaintext)
        }
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('hold an anchor that this version reads', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-vectors-'))
    await writeFile(join(directory, '01K00000000000000000000007-1.anchor'), envelopes.anchor, { mode: 0o600 })
    try {
      const unlock = [passphrase(envelopes.passphrase)]
      const { anchor } = createKeyring({ storage: storageWithKeyring(), unlock, anchorDirectory: directory })
      expect(await anchor?.latestRevision('db/main')).toBe('01K00000000000000000000006')
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
