import type { Area, Subject } from '../area.ts'
import { bytesOfPools, bytesRegistered, bytesStarted } from './bytes-per-thousand.ts'
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
  registered: 'bytes of 1000 resources, registered',
  started: 'bytes of 1000 resources, started',
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
    { name: rows.registered, unit: 'bytes', once: true },
    { name: rows.started, unit: 'bytes', floor: 'pool', once: true },
  ],
  subjects: [
    {
      name: 'pool',
      measure: async ({ firstRound }) => ({
        [rows.acquire]: await acquireFromPool(),
        ...(firstRound ? { [rows.started]: await bytesOfPools() } : {}),
      }),
    },
    only('Map.get', rows.lookUp, lookUpInMap),
    {
      name: 'manager',
      measure: async ({ firstRound }) => ({
        [rows.acquire]: await acquireFromManager(),
        [rows.lookUp]: await lookUp(),
        ...(firstRound ? { [rows.registered]: await bytesRegistered(), [rows.started]: await bytesStarted() } : {}),
      }),
    },
    only('manager, its pool', rows.acquire, acquireFromManagedPool),
    only('manager, in a context', rows.acquire, acquireInContext),
    only('runWithContext', rows.context, enterContext),
  ],
  goals: [
    { row: rows.acquire, subject: 'manager', against: 'pool', atMost: 1.5 },
    { row: rows.lookUp, subject: 'manager', against: 'Map.get', atMost: 3 },
    { row: rows.registered, subject: 'manager', atMost: 1_000_000 },
    { row: rows.started, subject: 'manager', against: 'pool', by: 'difference', atMost: 1_000_000 },
  ],
}
