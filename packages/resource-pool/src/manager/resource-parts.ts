import type { CallOptions, HealthReport } from '@holdfast/contracts'
import type { LeaseReport, Pool } from '@holdfast/contracts/resources'
import { createPool } from '../create-pool.ts'
import { poolDefaults } from '../create-pool-options.ts'
import { guardAdapter } from './guard-adapter.ts'
import type { ManagerSettings } from './resource-manager-options.ts'
import type { ResourceRegistration } from './resource-registration.ts'

/** What stands behind a resource from its start to its stop. */
export interface ResourceParts<T> {
  /** Where acquires go. */
  readonly pool: Pool<T>
  /** The same without anything about tenants: for hooks and checks. */
  readonly base: Pool<T>
  /** Resolves when there is one that works. */
  start(options: CallOptions): Promise<void>
  probe(options: CallOptions): Promise<HealthReport>
  /** Takes no new acquires and resolves when all leases are back. */
  drain(options: CallOptions): Promise<void>
  /** Ends everything now; answers the leases that were taken away. */
  close(): Promise<readonly LeaseReport[]>
}

/** Makes what stands behind a resource. */
export const createResourceParts = <T>(
  name: string,
  registration: ResourceRegistration<T>,
  settings: ManagerSettings,
): ResourceParts<T> => {
  const { clock, logger, tracer, metrics, random } = settings
  const adapter = guardAdapter(name, registration.adapter, registration.layers ?? [])
  const base = createPool(adapter, { ...registration.pool, name, clock, logger, tracer, metrics, random })
  const pool = base
  let forced: readonly LeaseReport[] = []
  base.on('pool.closed', (event) => {
    forced = event.forced
  })
  return {
    pool,
    base,
    async start(options) {
      await base.start(options)
      const lease = await base.acquire({ ...options, timeoutMs: Number.POSITIVE_INFINITY })
      lease.release()
    },
    probe: (options) => base.health(options),
    drain: (options) => pool.drain(options),
    async close() {
      await pool.close({ deadlineMs: 0 })
      return forced
    },
  }
}

/** How long one that is merely wanted may take to start: as long as a caller waits for it. */
export const patienceOf = <T>({ pool }: ResourceRegistration<T>): number =>
  pool?.acquireTimeoutMs ?? poolDefaults.acquireTimeoutMs
