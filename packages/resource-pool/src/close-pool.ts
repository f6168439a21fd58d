import type { LeaseReport } from '@holdfast/contracts/resources'
import { describeLease } from './describe-slot.ts'
import type { PoolCore } from './pool-core.ts'
import { interruptedError } from './pool-errors.ts'
import { untilEmpty } from './until-empty.ts'

/**
 * Ends a pool: those who wait are turned away and idle resources destroyed at once, leases may come back until the deadline,
 * and those that have not are told of and taken away. What is being made is asked to stop, and destroyed if it comes all the
 * same. Resolves when nothing is left.
 */
export const closePool = async <T>(core: PoolCore<T>, deadlineMs: number): Promise<void> => {
  const { stock, line, settings, name } = core
  const forced: LeaseReport[] = []
  stock.state = 'closed'
  core.reconsider()
  stock.stop()
  stock.calls.cancelCreates(interruptedError(name, 'create'))
  line.failAll(interruptedError(name, 'acquire'))
  core.onChanged()
  for (const slot of stock.idle.extract(() => true)) stock.retire(slot, 'closed')

  const force = (): void => {
    const now = core.clock.exact()
    for (const slot of [...stock.slots]) {
      if (!slot.isLeased) continue
      const report = describeLease(slot, now)
      forced.push(report)
      core.counts.leaks += 1
      core.revoke(slot, 'closed', `The pool ${name} was closed while its resource was in use.`)
      core.reporter.leaked(report, true)
    }
    // What is still being made, checked or reset has had its time: its place is given up.
    stock.calls.giveUp(interruptedError(name, 'close', true))
  }

  const { watchers } = core
  await untilEmpty({ isEmpty: () => stock.isEmpty, watchers, clock: settings.clock }, deadlineMs, force)
  core.stop()
  core.reporter.closed(forced)
}
