import type { Area, Figures, Goal, Subject } from '../area.ts'
import { bytesPerIdle } from './bytes-per-idle.ts'
import { createPromiseFloor, createRingFloor } from './floors.ts'
import { holdfast } from './holdfast-pools.ts'
import { creatingAcquireP99, idleAcquireP99 } from './latencies.ts'
import { contended, takingFromList, trying, uncontended, withUse, withUsing } from './loops.ts'
import { peers, weighablePeers } from './peers.ts'
import type { CreateSubjectPool } from './pool-subject.ts'

const rows = {
  uncontended: 'acquire + release',
  trying: 'tryAcquire + release',
  contended: '1000 callers on 10',
  bytes: 'bytes per idle resource',
  idleP99: 'acquire that finds one, p99',
  createP99: 'acquire that needs a 5 ms create, 1000 callers, p99',
} as const

const ringFloor = 'ring of callers'
const promiseFloor = 'resolved promise'
const listFloor = 'free list'

const pool = (name: string, create: CreateSubjectPool, isWeighed: boolean): Subject => ({
  name,
  async measure({ firstRound }): Promise<Figures> {
    return {
      [rows.uncontended]: await uncontended(create),
      [rows.contended]: await contended(create),
      ...(firstRound && isWeighed ? { [rows.bytes]: await bytesPerIdle(create) } : {}),
    }
  },
})

const only = (name: string, row: string, measure: () => Promise<number> | number): Subject => ({
  name,
  measure: async () => ({ [row]: await measure() }),
})

const fasterThanPeers = (row: string): readonly Goal[] =>
  Object.keys(peers).map((peer) => ({ row, subject: 'holdfast', against: peer, atMost: 1 }))

/** The pool beside those of npm. */
export const area: Area = {
  description:
    'Acquire and release beside the pools of npm and the least code that could do it; ours with statistics, idle, lifetime and validation checks on.',
  nodeFlags: ['--expose-gc'],
  rows: [
    { name: rows.uncontended, unit: 'ns', floor: promiseFloor },
    { name: rows.trying, unit: 'ns', floor: listFloor },
    { name: rows.contended, unit: 'ns', floor: ringFloor },
    { name: rows.bytes, unit: 'bytes', once: true },
    { name: rows.idleP99, unit: 'ms' },
    { name: rows.createP99, unit: 'ms' },
  ],
  subjects: [
    only(promiseFloor, rows.uncontended, () => uncontended(createPromiseFloor)),
    only(ringFloor, rows.contended, () => contended(createRingFloor)),
    only(listFloor, rows.trying, takingFromList),
    pool('holdfast', holdfast, true),
    only('holdfast, using', rows.uncontended, withUsing),
    only('holdfast, use', rows.uncontended, withUse),
    only('holdfast, tryAcquire', rows.trying, trying),
    only('holdfast, idle', rows.idleP99, idleAcquireP99),
    only('holdfast, creating', rows.createP99, creatingAcquireP99),
    ...Object.entries(peers).map(([name, create]) => pool(name, create, weighablePeers.includes(name))),
  ],
  goals: [
    { row: rows.uncontended, subject: 'holdfast', against: promiseFloor, atMost: 1.4 },
    ...fasterThanPeers(rows.uncontended),
    { row: rows.trying, subject: 'holdfast, tryAcquire', against: listFloor, atMost: 3 },
    { row: rows.contended, subject: 'holdfast', against: ringFloor, atMost: 1.5 },
    ...fasterThanPeers(rows.contended),
    { row: rows.bytes, subject: 'holdfast', atMost: 200 },
    { row: rows.idleP99, subject: 'holdfast, idle', atMost: 10 },
    { row: rows.createP99, subject: 'holdfast, creating', atMost: 100 },
  ],
}
