import type { DestroyCause, DurationStatistics, PoolStatistics } from '@holdfast/contracts/resources'
import { PoolCounts } from '../pool-counts.ts'

/** What is the same for all of the pools, or theirs together. */
type Whole = Pick<PoolStatistics, 'state' | 'epoch' | 'recommended'>

/** Numbers that add up, at this moment or since the beginning. */
const sums = [
  'minSize',
  'maxSize',
  'minIdle',
  'size',
  'idle',
  'leased',
  'creating',
  'validating',
  'resetting',
  'destroying',
  'waiting',
  'acquisitions',
  'immediate',
  'timeouts',
  'cancellations',
  'exhaustions',
  'creates',
  'createFailures',
  'destroyFailures',
  'leaks',
  'revocations',
] as const

/** Statistics of several pools as if they were one. Peaks are the largest of one pool: nobody saw them together. */
export const sumStatistics = (all: readonly PoolStatistics[], whole: Whole): PoolStatistics => {
  const total = (name: (typeof sums)[number]): number => all.reduce((sum, each) => sum + each[name], 0)
  const greatest = (name: 'peakLeased' | 'peakWaiting' | 'oldestLeaseMs'): number =>
    Math.max(0, ...all.map((each) => each[name]))
  // One entry for each name of the list.
  const added = Object.fromEntries(sums.map((name) => [name, total(name)])) as Record<(typeof sums)[number], number>
  const lastCreateErrorCode = all.find((each) => each.lastCreateErrorCode !== undefined)?.lastCreateErrorCode
  return {
    ...added,
    ...whole,
    utilisation: added.maxSize === 0 ? 0 : added.leased / added.maxSize,
    peakLeased: greatest('peakLeased'),
    peakWaiting: greatest('peakWaiting'),
    oldestLeaseMs: greatest('oldestLeaseMs'),
    ...(lastCreateErrorCode === undefined ? {} : { lastCreateErrorCode }),
    destroys: sumDestroys(all),
    waitTime: sumDurations(all.map(({ waitTime }) => waitTime)),
    createTime: sumDurations(all.map(({ createTime }) => createTime)),
    holdTime: sumDurations(all.map(({ holdTime }) => holdTime)),
  }
}

const sumDestroys = (all: readonly PoolStatistics[]): Readonly<Record<DestroyCause, number>> => {
  const { destroys } = new PoolCounts()
  // The keys of that record.
  for (const cause of Object.keys(destroys) as DestroyCause[]) {
    for (const each of all) destroys[cause] += each.destroys[cause] ?? 0
  }
  return destroys
}

const sumDurations = (all: readonly DurationStatistics[]): DurationStatistics => {
  const counts = new Map<number, number>()
  for (const { buckets } of all) {
    for (const { atMostMs, count } of buckets) counts.set(atMostMs, (counts.get(atMostMs) ?? 0) + count)
  }
  const buckets = [...counts].sort(([a], [b]) => a - b).map(([atMostMs, count]) => ({ atMostMs, count }))
  const count = all.reduce((sum, each) => sum + each.count, 0)
  const maxMs = Math.max(0, ...all.map((each) => each.maxMs))
  const quantile = (share: number): number => {
    let remaining = Math.ceil(count * share)
    const found = buckets.find((bucket) => {
      remaining -= bucket.count
      return remaining <= 0
    })
    return count === 0 ? 0 : Math.min(found?.atMostMs ?? maxMs, maxMs)
  }
  return {
    count,
    totalMs: all.reduce((sum, each) => sum + each.totalMs, 0),
    maxMs,
    buckets,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  }
}
