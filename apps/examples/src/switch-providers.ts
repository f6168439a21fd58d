// How do I run on a folder here and on another store there, without touching the code that uses it?
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = await mkdtemp(join(tmpdir(), 'holdfast-switch-providers-'))
const file = join(folder, 'holdfast.config.yaml')
const environment = { VAULT_PASSPHRASE: 'correct horse battery staple' }

const runOn = async (store: string): Promise<string> => {
  await writeFile(file, `store: "${store}"\nkeyring:\n  passphraseVariable: VAULT_PASSPHRASE\n`)

  // #region example
  const { loadConfiguration, openManager } = await import('@holdfast/config')

  const { configuration, baseDirectory } = await loadConfiguration(file)
  const { manager, storage, close } = await openManager(configuration, {
    baseDirectory,
    environment, // where the passphrase is; default: process.env
    createIfMissing: true,
  })
  await manager.store('db/main', 's3cret')
  const credential = await manager.retrieve('db/main')
  console.log(`${storage.name} keeps ${credential.id}: ${credential.value}`) // … keeps db/main: [redacted]
  // #endregion example

  const value = credential.value.reveal()
  await close()
  return String(value)
}

assert.equal(await runOn('memory:'), 's3cret')
assert.equal(await runOn('file:./secrets'), 's3cret') // the one line that changed
await rm(folder, { recursive: true })
