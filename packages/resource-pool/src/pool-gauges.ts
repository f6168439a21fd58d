import type { PoolStatistics } from '@holdfast/contracts/resources'
import type { PoolCore } from './pool-core.ts'

/** What a pool knows of a moment without adding anything up; a thousand pools are asked for it at each scrape. */
export type PoolGauges = Pick<
  PoolStatistics,
  | 'maxSize'
  | 'idle'
  | 'leased'
  | 'creating'
  | 'validating'
  | 'resetting'
  | 'destroying'
  | 'waiting'
  | 'utilisation'
  | 'oldestLeaseMs'
>

/** The gauges of a pool. */
export const poolGauges = <T>(core: PoolCore<T>): PoolGauges => {
  const { leased, stock } = core
  return {
    maxSize: stock.maxSize,
    idle: stock.idleCount,
    leased,
    creating: stock.creator.running,
    validating: stock.validating,
    resetting: stock.resetting,
    destroying: stock.destroying,
    waiting: core.waiting,
    utilisation: leased / stock.maxSize,
    oldestLeaseMs: leased === 0 ? 0 : core.oldestLeaseMs(core.clock.now()),
  }
}
