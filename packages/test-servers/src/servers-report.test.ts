import { expect, it } from 'vitest'
import type { ServerUse } from './server-use.ts'
import { serversReport } from './servers-report.ts'

const redis = { server: 'redis', title: 'Redis', version: '7.0.15', origin: 'path' } as const

it('lists the suites of each server and version, each once', () => {
  const uses: readonly ServerUse[] = [
    { ...redis, suite: 'b.test.ts' },
    { ...redis, suite: 'a.test.ts' },
    { ...redis, suite: 'a.test.ts' },
    { ...redis, version: '8.0.0', origin: 'environment', suite: 'a.test.ts' },
  ]
  expect(serversReport(uses)).toEqual([
    'Redis 7.0.15 (redis, from PATH)',
    '  a.test.ts',
    '  b.test.ts',
    'Redis 8.0.0 (redis, from environment)',
    '  a.test.ts',
  ])
})

it('says loudly what did not run, with the first line of the reason', () => {
  const absent = 'no client. Get it with: npm run servers -- fetch redis\nlong log'
  expect(serversReport([{ server: 'redis', title: 'Redis', suite: 'a.test.ts', absent }])).toEqual([
    'NOT RUN on Redis: no client. Get it with: npm run servers -- fetch redis',
    '  a.test.ts',
  ])
})
