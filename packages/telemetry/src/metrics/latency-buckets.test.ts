import { expect, it } from 'vitest'
import { defaultLatencyBuckets } from './latency-buckets.ts'

it('rises from 1 ms to 10 s', () => {
  expect([...defaultLatencyBuckets].sort((a, b) => a - b)).toEqual(defaultLatencyBuckets)
  expect([defaultLatencyBuckets[0], defaultLatencyBuckets.at(-1)]).toEqual([0.001, 10])
})
