import type { Area, Figures, Subject } from '../area.ts'
import { bytesPerEntry } from './bytes-per-entry.ts'
import { hitRatioGoals, hitRatioRows, hitRatios } from './hit-ratios.ts'
import { loadingFigures, loadingOnly } from './loading.ts'
import { createEvicting, synchronousFigures, synchronousNames } from './synchronous.ts'

const plainS3Fifo = 'S3-FIFO, plain'

const measure = async (name: string, firstRound: boolean): Promise<Figures> => {
  const isSynchronous = synchronousNames.includes(name)
  return {
    ...(isSynchronous ? synchronousFigures(name) : {}),
    ...(await loadingFigures(name)),
    ...(firstRound && isSynchronous ? bytesPerEntry((capacity) => createEvicting(name, capacity)) : {}),
    ...(firstRound ? hitRatios(name) : {}),
  }
}

const names = [...synchronousNames, ...loadingOnly, plainS3Fifo]

/** The in-process cache beside Map and the caches of npm. */
export const area: Area = {
  description:
    'The in-process cache beside Map and the caches of npm: 10,000 string keys in random order, 100,000 for bytes.',
  nodeFlags: ['--expose-gc'],
  rounds: 7,
  rows: [
    { name: 'get', unit: 'ns', floor: 'Map' },
    { name: 'set', unit: 'ns', floor: 'Map' },
    { name: 'set, evicting', unit: 'ns', floor: 'Map' },
    { name: 'getOrLoad on a hit', unit: 'ns', floor: 'Map' },
    { name: 'bytes per entry, filled once', unit: 'bytes', floor: 'Map', once: true },
    { name: 'bytes per entry, steady state', unit: 'bytes', floor: 'Map', once: true },
    ...hitRatioRows,
  ],
  subjects: names.map((name): Subject => ({ name, measure: ({ firstRound }) => measure(name, firstRound) })),
  goals: [
    { row: 'get', subject: 'holdfast', against: 'Map', atMost: 1.45 },
    { row: 'get', subject: 'holdfast', against: 'lru-cache', atMost: 1 },
    { row: 'get', subject: 'holdfast, statistics off', against: 'Map', atMost: 1.25 },
    { row: 'get', subject: 'holdfast, statistics off', against: 'lru-cache', atMost: 1 },
    { row: 'get', subject: 'holdfast, ttl', against: 'Map', atMost: 1.7 },
    { row: 'get', subject: 'holdfast, ttl', against: 'lru-cache, ttl', atMost: 1 },
    { row: 'get', subject: 'holdfast, ttl and idle', against: 'Map', atMost: 1.8 },
    { row: 'get', subject: 'holdfast, ttl and idle', against: 'lru-cache, ttl and idle', atMost: 1 },
    { row: 'set', subject: 'holdfast', against: 'Map', atMost: 1.3 },
    { row: 'set', subject: 'holdfast', against: 'lru-cache', atMost: 1 },
    { row: 'getOrLoad on a hit', subject: 'holdfast', against: 'Map', atMost: 1.5 },
    { row: 'bytes per entry, filled once', subject: 'holdfast', atMost: 80 },
    { row: 'bytes per entry, steady state', subject: 'holdfast', against: 'lru-cache', atMost: 2 },
    ...hitRatioGoals,
  ],
}
