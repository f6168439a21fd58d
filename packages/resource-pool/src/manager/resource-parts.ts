import type { CallOptions, EventHub, HealthReport } from '@holdfast/contracts'
import type { LeaseReport, Pool } from '@holdfast/contracts/resources'
import { createPool } from '../create-pool.ts'
import { type CreatePoolOptions, poolDefaults } from '../create-pool-options.ts'
import { TenantLabels } from '../tenant-series.ts'
import { createCredentialsInUse } from './credentials-in-use.ts'
import { guardAdapter } from './guard-adapter.ts'
import type { ManagerEvents } from './manager-events.ts'
import { probePool } from './probe-pool.ts'
import type { ManagerSettings } from './resource-manager-options.ts'
import type { ResourceRegistration } from './resource-registration.ts'
import { createRotation, type Rotation } from './rotation.ts'
import { createSharedResource } from './shared-resource.ts'
import { telemetryOfTenant } from './telemetry-of-tenant.ts'
import { createTenantGate } from './tenant-gate.ts'
import { tenantPoolOptions } from './tenant-pool-options.ts'
import { createTenantPools } from './tenant-pools.ts'

/** What stands behind a resource from its start to its stop. */
export interface ResourceParts<T> {
  /** Where acquires go. */
  readonly pool: Pool<T>
  /** The same without anything about tenants: for hooks and checks. */
  readonly base: Pool<T>
  /** Absent when it has no credentials. */
  readonly rotation: Rotation | undefined
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
  events: EventHub<ManagerEvents>,
): ResourceParts<T> => {
  const { clock, logger, tracer, metrics, random } = settings
  const { adapter, layers = [], credentials = {}, tenants } = registration
  const readTimeoutMs = registration.pool?.createTimeoutMs ?? poolDefaults.createTimeoutMs
  const inUse =
    Object.keys(credentials).length === 0
      ? undefined
      : createCredentialsInUse(credentials, { readTimeoutMs, clock, logger, random })
  const isShared = tenants?.isolation !== 'pool'
  const acquireTimeoutMs = patienceOf(registration)
  const guarded = guardAdapter(name, adapter, layers)
  const tenantLabels = new TenantLabels()
  /** The pool of everybody, or that of one tenant, whose figures stand under the resource all the same. */
  const makePool = (tenant?: string): Pool<T> => {
    const telemetry =
      tenant === undefined
        ? { metrics, tracer }
        : telemetryOfTenant({ metrics, tracer }, { resource: name, tenant, label: tenantLabels.of(tenant) })
    const options: CreatePoolOptions = {
      ...registration.pool,
      ...(tenants !== undefined && isShared ? tenantPoolOptions(tenants) : {}),
      ...telemetry,
      name: tenant === undefined ? name : `${name}/${tenant}`,
      credentials: inUse?.sources,
      clock,
      logger,
      random,
    }
    return registration.kind === 'singleton' ? createSharedResource(guarded, options) : createPool(guarded, options)
  }
  const base = isShared
    ? makePool()
    : createTenantPools(makePool, {
        name,
        maxPools: tenants.maxPools,
        acquireTimeoutMs,
        clock,
        logger,
      })
  const pool = tenants === undefined ? base : createTenantGate(base, tenants, { name, clock, acquireTimeoutMs, events })
  const rotation =
    inUse === undefined
      ? undefined
      : createRotation({
          resource: name,
          pool: base,
          // Not behind the policies: a circuit that is open must not keep a password from being changed.
          adapter,
          credentials: inUse,
          options: registration.rotation,
          clock,
          random,
          logger,
          tracer,
          events,
        })
  const probed = { resource: name, pool: base, adapter, credentials: () => inUse?.current() ?? {}, clock, logger }
  let forced: readonly LeaseReport[] = []
  base.on('pool.closed', (event) => {
    forced = event.forced
  })
  return {
    pool,
    base,
    rotation,
    async start(options) {
      await base.start(options)
      rotation?.start()
      // Pools of tenants are made when they are first used.
      if (!isShared) return
      const lease = await base.acquire({ ...options, timeoutMs: Number.POSITIVE_INFINITY })
      lease.release()
    },
    probe: (options) => probePool(probed, options),
    drain: (options) => pool.drain(options),
    async close() {
      await rotation?.close()
      await pool.close({ deadlineMs: 0 })
      await inUse?.close()
      return forced
    },
  }
}

/** How long one that is merely wanted may take to start: as long as a caller waits for it. */
export const patienceOf = <T>({ pool }: ResourceRegistration<T>): number =>
  pool?.acquireTimeoutMs ?? poolDefaults.acquireTimeoutMs
