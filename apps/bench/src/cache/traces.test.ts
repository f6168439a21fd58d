import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { hitRatios } from './hit-ratios.ts'
import { traces } from './traces.ts'

test('the traces are the same on every machine', () => {
  const digests = Object.entries(traces).map(([name, create]) => {
    const digest = createHash('sha256').update(new Uint8Array(create().buffer)).digest('hex')
    return `${name} ${digest.slice(0, 16)}`
  })
  expect(digests).toEqual([
    'zipf 0.99 050606cff2178514',
    'scan-mixed 6f835e4316f1e4fe',
    'shifting e10a676cfcb21b37',
    'loop-mixed 9d9450fe966c160d',
  ])
})

// Four caches over eight traces of a million requests: a minute with coverage where others use the processor too.
const longMs = 600_000

test('the hit ratios of S3-FIFO and LRU are those of other implementations', { timeout: longMs }, () => {
  const [ours, plain] = [hitRatios('holdfast'), hitRatios('S3-FIFO, plain')]
  const [lru, lruCache] = [hitRatios('holdfast, lru'), hitRatios('lru-cache')]
  for (const [row, ratio] of Object.entries(plain)) {
    expect(Math.abs((ours[row] ?? 0) - ratio), row).toBeLessThan(0.5)
    expect(lru[row], row).toBe(lruCache[row])
  }
})
