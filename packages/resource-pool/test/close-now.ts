import type { Pool } from '@holdfast/contracts/resources'
import type { FakeClock } from '@holdfast/testkit'

/** Closes a pool whose leases are still out, without waiting for them. */
export const closeNow = async (pool: Pool<unknown>, clock: FakeClock): Promise<void> => {
  const closed = pool.close({ deadlineMs: 0 })
  await clock.advanceAsync(0)
  await closed
}
