import { type CallOptions, type Clock, type HealthReport, HoldfastError, type Logger } from '@holdfast/contracts'
import type { Pool, ResourceAdapter } from '@holdfast/contracts/resources'
import type { RunningCall } from '../bounded-call.ts'
import type { Credentials } from '../read-credentials.ts'
import { probeCredentials } from './probe-credentials.ts'

/** What {@link probePool} works with. */
export interface ProbedPool<T> {
  readonly resource: string
  readonly pool: Pick<Pool<T>, 'health'>
  readonly adapter: ResourceAdapter<T>
  /** Those in use. */
  credentials(): Credentials
  readonly clock: Clock
  readonly logger: Logger
}

/** Share of the time of a check that the resource beside the pool may take, so that its own words are heard. */
const besideShare = 0.9

/**
 * Asks a pool how the other side is doing. A pool whose resources are all in use asks nobody, so that it takes nothing from
 * those who wait; and a server that hangs or is gone is just what makes callers wait. Then it is asked through a resource
 * beside the pool, which is ended at once. One that gets no answer says down. One that is refused says so only while nobody
 * has a resource: else it may have come up against a limit of connections, and those that there are go on working.
 */
export const probePool = async <T>(probed: ProbedPool<T>, options: CallOptions): Promise<HealthReport> => {
  const { resource, pool, adapter, clock, logger } = probed
  const report = await pool.health(options)
  const { deadline, signal } = options
  if (report.details?.asked !== false || deadline === undefined) return report
  const timeoutMs = besideShare * Math.max(0, deadline - clock.monotonicNow())
  const running = new Set<RunningCall>()
  const onAbort = (): void => {
    for (const call of [...running]) call.giveUp(signal?.reason)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await probeCredentials(adapter, probed.credentials(), { resource, clock, logger, timeoutMs, running })
    return report
  } catch (error) {
    const isHanging = HoldfastError.is(error, 'TIMEOUT')
    if (!isHanging && report.details.leased !== 0) return report
    const code = HoldfastError.is(error) ? error.code : 'INTERNAL'
    const why = isHanging ? `got no answer within ${Math.round(timeoutMs)} ms` : `could not be made (${code})`
    return { ...report, status: 'down', reason: `None of ${resource} is free, and one beside them ${why}.` }
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
