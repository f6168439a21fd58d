import type { Area } from '../area.ts'
import { synchronousSubjects } from './synchronous-subjects.ts'

/** The in-process cache beside Map and the caches of npm. */
export const area: Area = {
  description: 'The in-process cache beside Map and the caches of npm: 10,000 string keys, all of them hits.',
  nodeFlags: ['--expose-gc'],
  rows: [
    { name: 'get', unit: 'ns', floor: 'Map' },
    { name: 'set', unit: 'ns', floor: 'Map' },
    { name: 'set, evicting', unit: 'ns', floor: 'Map' },
  ],
  subjects: synchronousSubjects,
  goals: [
    { row: 'get', subject: 'holdfast', against: 'Map', atMost: 1.45 },
    { row: 'get', subject: 'holdfast', against: 'lru-cache', atMost: 1 },
    { row: 'get', subject: 'holdfast, statistics off', against: 'Map', atMost: 1.25 },
    { row: 'get', subject: 'holdfast, ttl', against: 'Map', atMost: 1.7 },
    { row: 'get', subject: 'holdfast, ttl', against: 'lru-cache, ttl', atMost: 1 },
    { row: 'get', subject: 'holdfast, ttl and idle', against: 'Map', atMost: 1.8 },
    { row: 'get', subject: 'holdfast, ttl and idle', against: 'lru-cache, ttl and idle', atMost: 1 },
    { row: 'set', subject: 'holdfast', against: 'Map', atMost: 1.3 },
    { row: 'set', subject: 'holdfast', against: 'lru-cache', atMost: 1 },
    { row: 'set, evicting', subject: 'holdfast', against: 'lru-cache', atMost: 1 },
  ],
}
