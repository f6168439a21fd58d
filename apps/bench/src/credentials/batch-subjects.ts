import { createMemoryStorage } from '@holdfast/storage-memory'
import type { Figures, Subject } from '../area.ts'
import { sealedManager } from './sealed-manager.ts'

const row = 'retrieve 100, backend of 10 ms'
const ids = Array.from({ length: 100 }, (_, index) => `service/${index}`)

const measure = async (work: (manager: ReturnType<typeof sealedManager>) => Promise<unknown>): Promise<Figures> => {
  const manager = sealedManager(createMemoryStorage({ latencyMs: 10 }))
  await manager.storeBatch(ids.map((id) => ({ target: id, value: 'a value' })))
  const startedAt = performance.now()
  await work(manager)
  return { [row]: performance.now() - startedAt }
}

/** A batch beside the same calls one after another. */
export const batchSubjects: readonly Subject[] = [
  {
    name: 'one by one',
    measure: () =>
      measure(async (manager) => {
        for (const id of ids) await manager.retrieve(id)
      }),
  },
  {
    name: 'retrieveBatch',
    measure: () =>
      measure(async (manager) => {
        const { failed } = await manager.retrieveBatch(ids)
        if (failed > 0) throw new Error(`${failed} of the batch failed`)
      }),
  },
]
