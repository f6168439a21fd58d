import type { LeaseReport } from '@holdfast/contracts/resources'
import { describeLease } from './describe-slot.ts'
import type { PoolCore } from './pool-core.ts'
import { outlivedMessage } from './pool-errors.ts'

/** Takes the leases of a pool away that were given out before the epoch, tells of each, and answers them. */
export const revokeBefore = <T>(core: PoolCore<T>, epoch: number): readonly LeaseReport[] => {
  const now = core.clock.exact()
  const revoked: LeaseReport[] = []
  for (const slot of [...core.stock.slots]) {
    if (!slot.isLeased || slot.epoch >= epoch) continue
    const report = describeLease(slot, now)
    revoked.push(report)
    core.counts.revocations += 1
    core.revoke(slot, 'epoch', outlivedMessage(core.name, report))
    core.reporter.revoked(report, slot.epoch)
  }
  core.stock.supply()
  return revoked
}
