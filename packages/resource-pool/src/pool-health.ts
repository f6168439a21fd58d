import { type CallOptions, type HealthReport, HoldfastError, toTimestamp } from '@holdfast/contracts'
import { LeaseSite } from './lease-site.ts'
import type { PoolCore } from './pool-core.ts'
import { closedError } from './pool-errors.ts'

/**
 * Asks the other side through a resource that is free or can be made. When all are in use it is not asked: a probe must not
 * take a resource from those who wait.
 */
export const poolHealth = async <T>(core: PoolCore<T>, { signal, deadline }: CallOptions): Promise<HealthReport> => {
  const { settings, stock, name } = core
  const { clock, validateTimeoutMs } = settings
  if (stock.state !== 'open') throw closedError(name, 'health', stock.state)
  const startedAt = clock.monotonicNow()
  const finish = (status: HealthReport['status'], reason: string | undefined, asked: boolean): HealthReport => ({
    status,
    ...(reason === undefined ? {} : { reason }),
    latencyMs: clock.monotonicNow() - startedAt,
    checkedAt: toTimestamp(clock.wallNow()),
    details: { asked, leased: core.leased, idle: stock.idleCount, waiting: core.waiting, maxSize: stock.maxSize },
  })
  const isFull = stock.idleCount + stock.pending === 0 && stock.slots.length >= stock.maxSize
  if (isFull || core.waiting > 0) {
    const isWaitedFor = core.waiting > 0
    return isWaitedFor
      ? finish('degraded', `${core.waiting} callers wait for a resource; ${core.leased} are in use.`, false)
      : finish('up', undefined, false)
  }
  try {
    const tenant = stock.rules?.ownerOf(stock.idle.first)
    const lease = await core.acquire({ signal, deadline, tenant }, new LeaseSite(poolHealth, true))
    try {
      lease.leaveOwner()
      const report = await stock.calls.health(lease.resource, validateTimeoutMs)
      if (report.status === 'down') lease.destroy()
      else lease.release()
      return { ...finish(report.status, report.reason, true), latencyMs: report.latencyMs }
    } catch (error) {
      lease.destroy()
      throw error
    }
  } catch (error) {
    if (signal?.aborted || HoldfastError.is(error, 'CLOSED')) throw error
    return finish('down', error instanceof Error ? error.message : 'The probe failed.', true)
  }
}
