import { describeLease } from './describe-slot.ts'
import type { PoolCore } from './pool-core.ts'

/** Tells of leases that are out for too long, once each, and takes them back if the pool is to. Answers when the next is due. */
export const careForLeaks = <T>(core: PoolCore<T>, now: number): number => {
  const { leakDetectionMs, reclaimLeaks } = core.settings
  let due = Number.POSITIVE_INFINITY
  for (const slot of [...core.stock.slots]) {
    const { site } = slot
    if (!slot.isLeased || site === undefined || site.isReported) continue
    if (now - slot.since < leakDetectionMs) {
      due = Math.min(due, slot.since + leakDetectionMs)
      continue
    }
    site.isReported = true
    const report = describeLease(slot, now)
    core.counts.leaks += 1
    if (reclaimLeaks) {
      core.revoke(slot, 'leaked', `A lease of the pool ${core.name} was taken back after ${report.heldMs} ms.`)
    }
    core.reporter.leaked(report, reclaimLeaks)
  }
  if (reclaimLeaks) core.stock.supply()
  return due
}
