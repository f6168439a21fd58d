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
/** What a client library has loaded can make every await of the process slower: so this is beside one of the same process. */
const ratio = 'cached retrieve beside a resolved promise'
const ids = Array.from({ length: 100 }, (_, index) => `service/${index}`)

/** Nanoseconds of a retrieve that the cache of the manager answers. `onFilled` ends what nobody needs any more. */
const measure = async (storage: AnyCredentialStorage, onFilled = async (): Promise<void> => {}): Promise<Figures> => {
  const manager = sealedManager(storage, { cache: createCache({ capacity: 1000 }) })
  for (const id of ids) {
    await manager.store(id, 'a value')
    await manager.retrieve(id)
  }
  await onFilled()
  const run = async (calls: number): Promise<number> => {
    let sum = 0
    for (let call = 0; call < calls; call++) sum += (await manager.retrieve(ids[call % 100] ?? '')).id.length
    return sum
  }
  const wait = async (calls: number): Promise<number> => {
    let sum = 0
    for (let call = 0; call < calls; call++) sum += (await Promise.resolve(ids[call % 100]))?.length ?? 0
    return sum
  }
  const nanoseconds = await timePerAsyncCall(run, { warmUpMs: 300, batches: 200 })
  const floor = await timePerAsyncCall(wait, { warmUpMs: 300, batches: 200 })
  await manager.close()
  return { [row]: nanoseconds, [ratio]: nanoseconds / floor }
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
    // Nothing is asked from here on, and a server that runs beside would be measured along.
    const figures = await measure(storage, async () => void (await server.stop()))
    await storage.close()
    return figures
  },
}

/** What is in the cache of a manager costs the same wherever it came from. */
export const cached: DriverComparison = {
  rows: [
    { name: row, unit: 'ns', floor: local.name },
    { name: ratio, unit: '×' },
  ],
  subjects: [local, vault],
  goals: [local, vault].map(({ name }) => ({ row: ratio, subject: name, atMost: 3 })),
}
