import { createCache } from '@holdfast/cache'
import { createMemoryStorage } from '@holdfast/storage-memory'
import type { Subject } from '../area.ts'
import { timePerAsyncCall } from '../time-per-call.ts'
import { sealedManager } from './sealed-manager.ts'

const row = 'cached retrieve'

/** 1000 credentials, all of them in the cache, asked for in turn. */
const ids = Array.from({ length: 1000 }, (_, index) => `service/${index}`)

/** Retrieving what is in the cache beside awaiting a promise that is resolved. */
export const cachedRetrieveSubjects: readonly Subject[] = [
  {
    name: 'resolved promise',
    async measure() {
      const run = async (calls: number): Promise<number> => {
        let sum = 0
        for (let call = 0; call < calls; call++) sum += (await Promise.resolve(ids[call % 1000]))?.length ?? 0
        return sum
      }
      return { [row]: await timePerAsyncCall(run) }
    },
  },
  {
    name: 'manager, cached',
    async measure() {
      const manager = sealedManager(createMemoryStorage(), { cache: createCache({ capacity: 2000 }) })
      for (const id of ids) {
        await manager.store(id, 'a value')
        await manager.retrieve(id)
      }
      const run = async (calls: number): Promise<number> => {
        let sum = 0
        for (let call = 0; call < calls; call++) sum += (await manager.retrieve(ids[call % 1000] ?? '')).id.length
        return sum
      }
      return { [row]: await timePerAsyncCall(run) }
    },
  },
]
