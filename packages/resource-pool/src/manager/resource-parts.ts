import type { CallOptions, EventHub, HealthReport } from '@holdfast/contracts'
import type { LeaseReport, Pool } from '@holdfast/contracts/resources'
import { createPool } from '../create-pool.ts'
import { type CreatePoolOptions, poolDefaults } from '../create-pool-options.ts'
import { PoolLease } from '../pool-lease.ts'
import { TenantLabels } from '../tenant-series.ts'
import { type CredentialsInUse, createCredentialsInUse } from './credentials-in-use.ts'
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
export class ResourceParts<T> {
  /** Where acquires go. */
  readonly pool: Pool<T>
  /** The same without anything about tenants: for hooks and checks. */
  readonly base: Pool<T>
  /** Absent when it has no credentials. */
  readonly rotation: Rotation | undefined
  readonly #name: string
  readonly #registration: ResourceRegistration<T>
  readonly #settings: ManagerSettings
  readonly #inUse: CredentialsInUse | undefined

  constructor(
    name: string,
    registration: ResourceRegistration<T>,
    settings: ManagerSettings,
    events: EventHub<ManagerEvents>,
  ) {
    const { clock, logger, tracer, random } = settings
    const { adapter, credentials = {}, tenants } = registration
    this.#name = name
    this.#registration = registration
    this.#settings = settings
    const readTimeoutMs = registration.pool?.createTimeoutMs ?? poolDefaults.createTimeoutMs
    const hasCredentials = Object.keys(credentials).length > 0
    this.#inUse = hasCredentials
      ? createCredentialsInUse(credentials, { readTimeoutMs, clock, logger, random })
      : undefined
    this.base = createBasePool(name, registration, settings, this.#inUse)
    const acquireTimeoutMs = patienceOf(registration)
    this.pool =
      tenants === undefined
        ? this.base
        : createTenantGate(this.base, tenants, { name, clock, acquireTimeoutMs, events })
    this.rotation =
      this.#inUse === undefined
        ? undefined
        : createRotation({
            resource: name,
            pool: this.base,
            // Not behind the policies: a circuit that is open must not keep a password from being changed.
            adapter,
            credentials: this.#inUse,
            options: registration.rotation,
            clock,
            random,
            logger,
            tracer,
            events,
          })
  }

  /** Resolves when there is one that works. */
  async start(options: CallOptions): Promise<void> {
    await this.base.start(options)
    this.rotation?.start()
    // Pools of tenants are made when they are first used.
    if (this.#registration.tenants?.isolation === 'pool') return
    const lease = await this.base.acquire({ ...options, timeoutMs: Number.POSITIVE_INFINITY })
    // On nobody's behalf: the first tenant may have it.
    if (lease instanceof PoolLease) lease.leaveOwner()
    lease.release()
  }

  probe(options: CallOptions): Promise<HealthReport> {
    const { clock, logger } = this.#settings
    const { adapter } = this.#registration
    const credentials = () => this.#inUse?.current() ?? {}
    return probePool({ resource: this.#name, pool: this.base, adapter, credentials, clock, logger }, options)
  }

  /** Takes no new acquires and resolves when all leases are back. */
  drain(options: CallOptions): Promise<void> {
    return this.pool.drain(options)
  }

  /** Ends everything now; answers the leases that were taken away. */
  async close(): Promise<readonly LeaseReport[]> {
    await this.rotation?.close()
    let forced: readonly LeaseReport[] = []
    this.base.on('pool.closed', (event) => {
      forced = event.forced
    })
    await this.pool.close({ deadlineMs: 0 })
    await this.#inUse?.close()
    return forced
  }
}

/** The pool of everybody, or those of the tenants as if they were one. */
const createBasePool = <T>(
  name: string,
  registration: ResourceRegistration<T>,
  settings: ManagerSettings,
  inUse: CredentialsInUse | undefined,
): Pool<T> => {
  const { clock, logger, tracer, metrics, random } = settings
  const { adapter, layers = [], tenants } = registration
  const guarded = guardAdapter(name, adapter, layers)
  const make = (own: CreatePoolOptions): Pool<T> => {
    const options: CreatePoolOptions = {
      ...registration.pool,
      ...own,
      credentials: inUse?.sources,
      clock,
      logger,
      random,
    }
    return registration.kind === 'singleton' ? createSharedResource(guarded, options) : createPool(guarded, options)
  }
  if (tenants?.isolation !== 'pool') {
    return make({ name, metrics, tracer, ...(tenants === undefined ? {} : tenantPoolOptions(tenants)) })
  }
  const labels = new TenantLabels()
  // The figures of each tenant's pool stand under the resource all the same.
  const makeFor = (tenant: string): Pool<T> =>
    make({
      name: `${name}/${tenant}`,
      ...telemetryOfTenant({ metrics, tracer }, { resource: name, tenant, label: labels.of(tenant) }),
    })
  const acquireTimeoutMs = patienceOf(registration)
  return createTenantPools(makeFor, { name, maxPools: tenants.maxPools, acquireTimeoutMs, clock, logger })
}

/** How long one that is merely wanted may take to start: as long as a caller waits for it. */
export const patienceOf = <T>({ pool }: ResourceRegistration<T>): number =>
  pool?.acquireTimeoutMs ?? poolDefaults.acquireTimeoutMs
