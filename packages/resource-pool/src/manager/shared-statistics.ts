import type { PoolStatistics } from '@holdfast/contracts/resources'
import type { SharedCore } from './shared-core.ts'

/**
 * How a shared resource is doing. Nobody waits for another's lease, so `maxSize` is 1 and the utilisation 0, however many leases
 * are out; `size` is 2 while one takes the place of another.
 */
export const sharedStatistics = <T>(core: SharedCore<T>): PoolStatistics => {
  const { counts, creator, acquisitions, leased } = core
  const now = core.clock.monotonicNow()
  const holders = core.holders()
  const waitTime = counts.waitTime.read(counts.waited)
  const lastCreateErrorCode = creator.lastError?.code
  return {
    state: core.state,
    epoch: core.epoch,
    minSize: core.isStarted ? 1 : 0,
    maxSize: 1,
    minIdle: 0,
    size: holders.length,
    idle: holders.filter(({ leases, isDestroying }) => leases.size === 0 && !isDestroying).length,
    leased,
    creating: creator.running,
    validating: holders.filter(({ isValidating }) => isValidating).length,
    resetting: 0,
    destroying: holders.filter(({ isDestroying }) => isDestroying).length,
    waiting: core.waiting,
    utilisation: 0,
    peakLeased: core.peakLeased,
    peakWaiting: counts.peakWaiting,
    oldestLeaseMs: Math.max(0, ...core.leases().map(({ since }) => now - since)),
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
    recommended: { size: 1, reason: 'One resource is shared by all.' },
  }
}
