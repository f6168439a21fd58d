// What happens to a credential whose file is damaged, and how does one get the value before it back?
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError } from '@holdfast/contracts'
import { createCredentialManager, createKeyring, passphrase } from '@holdfast/credential-core'
import { createLocalStorage } from '@holdfast/storage-local'

const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))

// #region open
const storage = await createLocalStorage({ directory, createDirectory: true, keepVersions: 5 })
const keyring = createKeyring({ storage, unlock: [passphrase('correct horse battery staple')], createIfMissing: true })
const manager = createCredentialManager({ storage, keyring })

await manager.store('db/main', 'password-1')
await manager.update('db/main', 'password-2')
console.log('versions kept:', (await storage.history('db/main')).length)
// #endregion open

// A bit of the newest file flips on the disk.
const folder = join(directory, 'db%2fmain')
const newest = join(folder, (await readdir(folder)).sort().at(-1) ?? '')
const bytes = await readFile(newest)
bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1
await writeFile(newest, bytes)

// #region repair
const error = await storage.retrieve('db/main').catch((thrown: unknown) => thrown)
assert(HoldfastError.is(error, 'DATA_LOSS'))
console.log(error.reason, '- the version before it:', error.details.previousVersion)

// Never by itself: only this puts the earlier value back, and keeps the damaged file for whoever looks into it.
const report = await storage.repair('db/main')
console.log('moved aside:', report.quarantined[0]?.problem)
// #endregion repair

const { value } = await manager.retrieve('db/main')
assert.equal(value.reveal(), 'password-1')
console.log('current again: the password before')

await manager.close()
await storage.close()
await rm(directory, { recursive: true })
