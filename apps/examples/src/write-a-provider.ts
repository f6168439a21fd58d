// How do I add a storage backend of my own, and know that it keeps the contract?
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStorage } from '@holdfast/config'
import { createCredentialManager, createKeyring, rawKey } from '@holdfast/credential-core'
// #region conformance
import { type CredentialStorageHarness, credentialStorageCases, runCredentialStorageCase } from '@holdfast/testkit'
import { createFolderStorage } from './write-a-provider/folder-storage.ts'

const harness: CredentialStorageHarness = {
  name: 'storage-folder',
  async create() {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-write-a-provider-'))
    const storage = createFolderStorage({ directory })
    return {
      storage,
      // A second instance over the same data, as another process would have.
      open: async () => createFolderStorage({ directory }),
      async cleanup() {
        await storage.close()
        await rm(directory, { recursive: true })
      },
    }
  },
}

let passed = 0
let skipped = 0
for (const testCase of credentialStorageCases) {
  const reason = await runCredentialStorageCase(harness, testCase)
  if (reason === undefined) passed += 1
  else skipped += 1
}
console.log(`storage-folder: ${passed} cases passed, ${skipped} skipped because it does not claim what they need`)
// #endregion conformance

// It is a storage now: everything above it works, sealed before this backend sees a byte.
const directory = await mkdtemp(join(tmpdir(), 'holdfast-write-a-provider-'))
const storage = createFolderStorage({ directory })
const keyring = createKeyring({ storage, unlock: [rawKey(randomBytes(32))], createIfMissing: true })
const credentials = createCredentialManager({ storage, keyring })
await credentials.store('db/main', 's3cret')
console.log('db/main is', (await credentials.retrieve('db/main')).value.reveal())
await credentials.close()
await storage.close()

// An application chooses it by name.
const chosen = await openStorage(
  { provider: 'example', directory },
  { providers: { example: () => import('./write-a-provider/provider.ts') } },
)
assert.ok(await chosen.exists('db/main'))
await chosen.close()

// Of the folder alone nobody learns it: names and metadata are readable, values are not.
const files = await readdir(directory)
const contents = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')))
assert.ok(!contents.join().includes('s3cret') && !contents.join().includes(Buffer.from('s3cret').toString('base64')))
assert.ok(passed > 50 && passed + skipped === credentialStorageCases.length)
await rm(directory, { recursive: true })
