import type { Area, Subject } from '../area.ts'
import { bytesPerThousand } from './bytes-per-thousand.ts'
import {
  acquireFromManagedPool,
  acquireFromManager,
  acquireFromPool,
  acquireInContext,
  enterContext,
  lookUp,
  lookUpInMap,
} from './loops.ts'

const rows = {
  acquire: 'acquire + release',
  lookUp: 'look-up among 1000',
  context: 'entering a context',
  bytes: 'bytes of 1000 resources',
} as const

const only = (name: string, row: string, measure: () => Promise<number> | number): Subject => ({
  name,
  measure: async () => ({ [row]: await measure() }),
})

/** The manager beside the pool that it stands in front of. */
export const area: Area = {
  description: 'What the resource manager costs beside a pool alone: acquires, looking up by a typed key, memory.',
  nodeFlags: ['--expose-gc'],
  rows: [
    { name: rows.acquire, unit: 'ns', floor: 'pool' },
    { name: rows.lookUp, unit: 'ns', floor: 'Map.get' },
    { name: rows.context, unit: 'ns' },
    { name: rows.bytes, unit: 'bytes', once: true },
  ],
  subjects: [
    only('pool', rows.acquire, acquireFromPool),
    only('Map.get', rows.lookUp, lookUpInMap),
    {
      name: 'manager',
      measure: async ({ firstRound }) => ({
        [rows.acquire]: await acquireFromManager(),
        [rows.lookUp]: await lookUp(),
        ...(firstRound ? { [rows.bytes]: await bytesPerThousand() } : {}),
      }),
    },
    only('manager, its pool', rows.acquire, acquireFromManagedPool),
    only('manager, in a context', rows.acquire, acquireInContext),
    only('runWithContext', rows.context, enterContext),
  ],
  goals: [
    { row: rows.acquire, subject: 'manager', against: 'pool', atMost: 1.5 },
    { row: rows.lookUp, subject: 'manager', against: 'Map.get', atMost: 3 },
    { row: rows.bytes, subject: 'manager', atMost: 1_000_000 },
  ],
}
