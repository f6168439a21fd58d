import type { LeaseReport } from '@holdfast/contracts/resources'
import { interruptedError } from '../pool-errors.ts'
import { untilEmpty } from '../until-empty.ts'
import type { SharedCore } from './shared-core.ts'

/** Ends a shared resource as `closePool` does a pool. */
export const closeShared = async <T>(core: SharedCore<T>, deadlineMs: number): Promise<void> => {
  const forced: LeaseReport[] = []
  core.state = 'closed'
  core.stop()
  core.calls.cancelCreates(interruptedError(core.name, 'create'))
  core.failAll(interruptedError(core.name, 'acquire'))
  for (const holder of core.holders()) core.retire(holder, 'closed')
  core.onChanged()

  const force = (): void => {
    for (const lease of core.leases()) {
      const report = core.revoke(lease, () => `${core.name} was closed while it was in use.`)
      forced.push(report)
      core.counts.leaks += 1
      core.reporter.leaked(report, true)
    }
    core.calls.giveUp(interruptedError(core.name, 'close', true))
  }

  const { watchers, clock } = core
  await untilEmpty({ isEmpty: () => core.isEmpty, watchers, clock }, deadlineMs, force)
  core.reporter.closed(forced)
}
