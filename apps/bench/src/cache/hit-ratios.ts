import { createCache } from '@holdfast/cache'
import { LRUCache } from 'lru-cache'
import type { Figures, Goal, Row } from '../area.ts'
import { createPlainS3Fifo } from './plain-s3-fifo.ts'
import { capacities, traces } from './traces.ts'

interface NumberCache {
  get(key: number): number | undefined
  set(key: number, value: number): unknown
}

/** The subjects whose hit ratio is measured. */
const creators: Readonly<Record<string, (capacity: number) => NumberCache>> = {
  holdfast: (capacity) => createCache<number, number>({ capacity }),
  'holdfast, lru': (capacity) => createCache<number, number>({ capacity, policy: 'lru' }),
  'holdfast, lfu': (capacity) => createCache<number, number>({ capacity, policy: 'lfu' }),
  'lru-cache': (capacity) => new LRUCache<number, number>({ max: capacity }),
  'S3-FIFO, plain': createPlainS3Fifo,
}

const rowName = (trace: string, share: string): string => `hit ratio, ${trace}, capacity ${share}`

const cases = Object.entries(traces).flatMap(([trace, create]) =>
  Object.entries(capacities).map(([share, capacity]) => ({ row: rowName(trace, share), create, capacity })),
)

/** One row for each trace and capacity. */
export const hitRatioRows: readonly Row[] = cases.map(({ row }) => ({ name: row, unit: '%', once: true }))

/** Never more than half a point below lru-cache, nor below S3-FIFO as the paper has it. */
export const hitRatioGoals: readonly Goal[] = cases.flatMap(({ row }) =>
  ['lru-cache', 'S3-FIFO, plain'].map(
    (against): Goal => ({ row, subject: 'holdfast', against, by: 'difference', atLeast: -0.5 }),
  ),
)

/** Hit ratios in per cent of one subject; none for a subject whose policy is that of another one here. */
export const hitRatios = (subject: string): Figures => {
  const createSubject = creators[subject]
  if (createSubject === undefined) return {}
  return Object.fromEntries(
    cases.map(({ row, create, capacity }) => {
      const cache = createSubject(capacity)
      const trace = create()
      let hits = 0
      for (const key of trace) {
        if (cache.get(key) !== undefined) hits += 1
        else cache.set(key, key)
      }
      return [row, (hits / trace.length) * 100]
    }),
  )
}
