import type { DestroyCause } from '@holdfast/contracts/resources'
import { DurationHistogram } from './duration-histogram.ts'

/** What a pool counts, written by its parts and read by its statistics. */
export class PoolCounts {
  /** Leases that were waited for. */
  waited = 0
  peakWaiting = 0
  timeouts = 0
  cancellations = 0
  exhaustions = 0
  creates = 0
  createFailures = 0
  destroyFailures = 0
  leaks = 0
  /** Leases of earlier epochs that were taken away. */
  revocations = 0
  readonly destroys: Record<DestroyCause, number> = {
    idle: 0,
    lifetime: 0,
    uses: 0,
    invalid: 0,
    'reset-failed': 0,
    broken: 0,
    leaked: 0,
    surplus: 0,
    'not-retained': 0,
    epoch: 0,
    closed: 0,
    late: 0,
    tenant: 0,
  }
  readonly waitTime = new DurationHistogram()
  readonly createTime = new DurationHistogram()
  readonly holdTime = new DurationHistogram()
}
