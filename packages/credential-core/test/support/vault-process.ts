// A process that works on a vault together with others: node vault-process.ts <folder> <name> <writes>
import { join } from 'node:path'
import { createLocalStorage } from '@holdfast/storage-local'
import { createCredentialManager, createKeyring, keyFile } from '../../src/index.ts'

const [folder = '', name = '', writes = ''] = process.argv.slice(2)

const storage = await createLocalStorage({ directory: join(folder, 'vault'), createDirectory: true })
const keyring = createKeyring({
  storage,
  unlock: [keyFile(join(folder, 'vault.key'), { create: true })],
  createIfMissing: true,
  anchorDirectory: join(folder, 'anchor'),
})
const manager = createCredentialManager({ storage, keyring })

for (let count = 0; count < Number(writes); count++) {
  await manager.store('shared', `${name}-${count}`)
  await manager.store(`own/${name}`, `${name}-${count}`)
  await manager.retrieve('shared')
  // Deleted and made again by all of them: the others find it there or not, and neither is a rollback.
  if (count % 3 === 0) await manager.delete('fleeting')
  else await manager.store('fleeting', name)
  await manager.exists('fleeting')
  if (name === '0' && count % 5 === 2) await keyring.rotate()
  if (name === '1' && count % 5 === 3) await manager.rekey()
}
const { vaultId } = await keyring.open()
await manager.close()
await storage.close()
process.stdout.write(vaultId)
