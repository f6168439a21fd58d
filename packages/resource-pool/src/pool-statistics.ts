import type { PoolStatistics } from '@holdfast/contracts/resources'
import type { PoolCore } from './pool-core.ts'
import { poolGauges } from './pool-gauges.ts'
import { recommendSize } from './recommend-size.ts'

/** How the pool is doing at this moment. */
export const poolStatistics = <T>(core: PoolCore<T>): PoolStatistics => {
  const { counts, leased, stock } = core
  const { creator, minSize, maxSize, minIdle, state, epoch } = stock
  const now = core.clock.now()
  const { acquisitions, peakLeased } = core
  const waitTime = counts.waitTime.read(counts.waited)
  const lastCreateErrorCode = creator.lastError?.code
  return {
    state,
    epoch,
    minSize,
    minIdle,
    size: stock.slots.length,
    ...poolGauges(core),
    peakLeased,
    peakWaiting: counts.peakWaiting,
    acquisitions,
    immediate: acquisitions - waitTime.count,
    timeouts: counts.timeouts,
    cancellations: counts.cancellations,
    exhaustions: counts.exhaustions,
    creates: counts.creates,
    createFailures: counts.createFailures,
    ...(lastCreateErrorCode === undefined ? {} : { lastCreateErrorCode }),
    destroys: { ...counts.destroys },
    destroyFailures: counts.destroyFailures,
    leaks: counts.leaks,
    revocations: counts.revocations,
    waitTime,
    createTime: counts.createTime.read(),
    holdTime: counts.holdTime.read(acquisitions - leased),
    recommended: recommendSize(core.window.read(now), maxSize),
  }
}
