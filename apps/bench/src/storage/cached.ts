import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCache } from '@holdfast/cache'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { createLocalStorage } from '@holdfast/storage-local'
import { createVaultStorage } from '@holdfast/storage-vault'
import { startServer } from '@holdfast/test-servers'
import type { Figures, Subject } from '../area.ts'
import { sealedManager } from '../credentials/sealed-manager.ts'
import { timePerAsyncCall } from '../time-per-call.ts'
import type { DriverComparison } from './compare-driver.ts'

const row = 'cached retrieve'
const ids = Array.from({ length: 100 }, (_, index) => `service/${index}`)

/** Nanoseconds of a retrieve that the cache of the manager answers. */
const measure = async (storage: AnyCredentialStorage): Promise<Figures> => {
  const manager = sealedManager(storage, { cache: createCache({ capacity: 1000 }) })
  for (const id of ids) {
    await manager.store(id, 'a value')
    await manager.retrieve(id)
  }
  const run = async (calls: number): Promise<number> => {
    let sum = 0
    for (let call = 0; call < calls; call++) sum += (await manager.retrieve(ids[call % 100] ?? '')).id.length
    return sum
  }
  const nanoseconds = await timePerAsyncCall(run, { warmUpMs: 300, batches: 200 })
  await manager.close()
  return { [row]: nanoseconds }
}

const local: Subject = {
  name: 'manager on storage-local',
  async measure() {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
    const storage = await createLocalStorage({ directory: join(directory, 'store'), createDirectory: true })
    const figures = await measure(storage)
    await storage.close()
    await rm(directory, { recursive: true })
    return figures
  },
}

const vault: Subject = {
  name: 'manager on storage-vault',
  async measure() {
    const server = await startServer('openbao')
    const { VAULT_ADDR = '', VAULT_TOKEN = '' } = server.settings
    const storage = createVaultStorage({ address: VAULT_ADDR, auth: { method: 'token', token: VAULT_TOKEN } })
    const figures = await measure(storage)
    await storage.close()
    await server.stop()
    return figures
  },
}

/** What is in the cache of a manager costs the same wherever it came from. */
export const cached: DriverComparison = {
  rows: [{ name: row, unit: 'ns', floor: local.name }],
  subjects: [local, vault],
  goals: [{ row, subject: vault.name, against: local.name, atMost: 1.1 }],
}
