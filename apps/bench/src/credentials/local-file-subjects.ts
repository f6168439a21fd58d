import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CredentialRecord } from '@holdfast/contracts/credentials'
import { createLocalStorage } from '@holdfast/storage-local'
import type { Figures, Subject } from '../area.ts'
import { median } from '../median.ts'
import { sealedManager } from './sealed-manager.ts'

const ids = Array.from({ length: 50 }, (_, index) => `service/${index}`)
const writes = 150
const reads = 1500
const value = randomBytes(256 + 81)

const recordOf = (id: string): CredentialRecord => ({
  metadata: {
    id,
    kind: 'api-key',
    encoding: 'text',
    tags: { region: 'eu' },
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-02-01T00:00:00.000Z',
    revision: '01KGZZZZZZZZZZZZZZZZZZZZZZ',
    writeId: '01KGZZZZZZZZZZZZZZZZZZZZZZ',
    seal: { format: 1, vaultId: '01KGZZZZZZZZZZZZZZZZZZZZZZ', keyId: '01KGZZZZZZZZZZZZZZZZZZZZZZ' },
  },
  value,
})

/** Times single calls, one after another: writes first, then reads, all spread over the ids. */
const measureFiles = async (
  store: (id: string) => Promise<unknown>,
  retrieve: (id: string) => Promise<unknown>,
): Promise<Figures> => {
  const time = async (calls: number, work: (id: string) => Promise<unknown>): Promise<number[]> => {
    const microseconds: number[] = []
    for (let call = 0; call < calls; call++) {
      const id = ids[call % ids.length] ?? ''
      const startedAt = process.hrtime.bigint()
      await work(id)
      microseconds.push(Number(process.hrtime.bigint() - startedAt) / 1000)
    }
    return microseconds
  }
  // The first of each id creates, which must make a folder durable too; the others replace.
  const created = await time(ids.length, store)
  const stored = await time(writes, store)
  await time(reads, retrieve)
  const retrieved = await time(reads, retrieve)
  const p95 = retrieved.toSorted((a, b) => a - b)[Math.floor(reads * 0.95)] ?? Number.NaN
  return {
    'local store': median(stored),
    'local store, new id': median(created),
    'local retrieve': median(retrieved),
    'local retrieve, p95': p95 / 1000,
  }
}

const inFolder = async (measure: (folder: string) => Promise<Figures>): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  try {
    return await measure(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const only = (figures: Figures, ...rows: readonly string[]): Figures =>
  Object.fromEntries(rows.map((row) => [row, figures[row] ?? Number.NaN]))

const bytes = (id: string): Buffer =>
  Buffer.from(`${JSON.stringify(recordOf(id).metadata)}\n${value.toString('base64')}`)

const rawFiles = (folder: string): Promise<Figures> => {
  const pathOf = (id: string): string => join(folder, id.replace('/', '%2f'))
  return measureFiles(
    async (id) => {
      const temporary = `${pathOf(id)}.new`
      const file = await open(temporary, 'wx', 0o600)
      await file.write(bytes(id))
      await file.sync()
      await file.close()
      await rename(temporary, pathOf(id))
      const directory = await open(folder, 'r')
      await directory.sync()
      await directory.close()
    },
    (id) => readFile(pathOf(id)),
  )
}

/** Local storage beside the file operations it cannot do without. */
export const localFileSubjects: readonly Subject[] = [
  {
    name: 'write, fsync, rename, fsync folder',
    measure: () => inFolder(async (folder) => only(await rawFiles(folder), 'local store', 'local store, new id')),
  },
  {
    name: 'readFile',
    measure: () => inFolder(async (folder) => only(await rawFiles(folder), 'local retrieve')),
  },
  {
    name: 'storage-local',
    measure: () =>
      inFolder(async (folder) => {
        const storage = await createLocalStorage({ directory: join(folder, 'store'), createDirectory: true })
        return await measureFiles(
          (id) => storage.store(id, recordOf(id)),
          (id) => storage.retrieve(id),
        )
      }),
  },
  {
    name: 'manager, sealed, over storage-local',
    measure: () =>
      inFolder(async (folder) => {
        const storage = await createLocalStorage({ directory: join(folder, 'store'), createDirectory: true })
        const manager = sealedManager(storage)
        const text = value.toString('base64').slice(0, 256)
        return await measureFiles(
          (id) => manager.store(id, text),
          (id) => manager.retrieve(id),
        )
      }),
  },
]
