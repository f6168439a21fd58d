import type { ErrorCode, MetricOptions, Metrics, Observe } from '@holdfast/contracts'
import type { DestroyCause } from '@holdfast/contracts/resources'
import type { PoolGauges } from './pool-gauges.ts'
import { TenantLabels, TenantSeries } from './tenant-series.ts'

/** What a pool measures as it happens; what it knows about itself is asked for at each scrape. */
export interface PoolMetrics {
  /** `waitedMs`: undefined for who was served at once. */
  acquired(waitedMs: number | undefined, tenant: string | undefined): void
  failed(code: ErrorCode, waitedMs: number, tenant: string | undefined): void
  created(durationMs: number): void
  createFailed(code: ErrorCode): void
  destroyed(cause: DestroyCause): void
  leaked(): void
  revoked(): void
  /** Ends the series of this pool. */
  end(): void
}

/** What the metrics ask a pool at each scrape. */
export interface PoolReadings {
  gauges(): PoolGauges
  recommendedSize(): number
  /** The tenant of each lease that is out. */
  tenantsOfLeases(): Iterable<string | undefined>
}

/** Of every metric of resources, so that they can be joined: what it is called, what kind it is, and on whose behalf, if anybody's. */
const labels = ['resource', 'type', 'tenant'] as const

/** States that are shown, also while nothing is in them. */
const states = ['idle', 'leased', 'creating', 'validating', 'resetting', 'destroying'] as const

/** Registers the metrics of one pool, under the labels `resource` (its name), `type` and `tenant`. */
export const registerPoolMetrics = (
  metrics: Metrics,
  resource: string,
  type: string,
  readings: PoolReadings,
): PoolMetrics => {
  const own = { resource, type, tenant: '' }
  const tenants = new TenantLabels()
  const acquire = new TenantSeries(
    metrics.histogram({
      name: 'holdfast_pool_acquire_seconds',
      help: 'Time from acquire to the lease; a free resource counts as 0.',
      labels,
    }),
    own,
    tenants,
  )
  const wait = new TenantSeries(
    metrics.histogram({
      name: 'holdfast_pool_wait_seconds',
      help: 'Time in the queue of those who had to wait, also in vain.',
      labels,
    }),
    own,
    tenants,
  )
  const creation = metrics
    .histogram({ name: 'holdfast_pool_create_seconds', help: 'Time that creating a resource took.', labels })
    .bind(own)
  const leaks = metrics
    .counter({
      name: 'holdfast_pool_leaks_total',
      help: 'Leases that were out for longer than leakDetectionMs.',
      labels,
    })
    .bind(own)
  const revocations = metrics
    .counter({
      name: 'holdfast_pool_revocations_total',
      help: 'Leases of earlier epochs that were taken away after maxDrainMs.',
      labels,
    })
    .bind(own)
  const failures = metrics.counter({
    name: 'holdfast_pool_acquire_failures_total',
    help: 'Acquires that got no lease, by error code.',
    labels: [...labels, 'code'],
  })
  const createFailures = metrics.counter({
    name: 'holdfast_pool_create_failures_total',
    help: 'Creates that failed, by error code.',
    labels: [...labels, 'code'],
  })
  const destroys = metrics.counter({
    name: 'holdfast_pool_destroys_total',
    help: 'Resources that were destroyed, by cause.',
    labels: [...labels, 'cause'],
  })
  const observe = (options: MetricOptions, read: (now: PoolGauges, observe: Observe) => void): (() => void) =>
    metrics.observe(options, (tell) => read(readings.gauges(), tell))
  const observeOne = (name: string, help: string, read: (now: PoolGauges) => number): (() => void) =>
    observe({ name, help, labels }, (now, tell) => tell(read(now), own))
  const observers = [
    observe(
      { name: 'holdfast_pool_resources', help: 'Resources there are, by state.', labels: [...labels, 'state'] },
      (now, tell) => {
        for (const state of states) tell(now[state], { ...own, state })
      },
    ),
    metrics.observe({ name: 'holdfast_pool_leases', help: 'Leases that are out, by tenant.', labels }, (tell) => {
      const leases = new Map([['', 0]])
      for (const tenant of readings.tenantsOfLeases()) {
        const label = tenants.of(tenant)
        leases.set(label, (leases.get(label) ?? 0) + 1)
      }
      for (const [tenant, count] of leases) tell(count, { ...own, tenant })
    }),
    observeOne('holdfast_pool_waiting', 'Callers that wait for a lease.', ({ waiting }) => waiting),
    observeOne('holdfast_pool_max_size', 'Resources there may be.', ({ maxSize }) => maxSize),
    observeOne(
      'holdfast_pool_utilisation_ratio',
      'Leased resources by those there may be.',
      ({ utilisation }) => utilisation,
    ),
    metrics.observe(
      { name: 'holdfast_pool_recommended_size', help: 'How large the pool should be, by what it saw.', labels },
      (tell) => tell(readings.recommendedSize(), own),
    ),
    observeOne(
      'holdfast_pool_oldest_lease_seconds',
      'For how long the oldest lease has been out.',
      ({ oldestLeaseMs }) => oldestLeaseMs / 1000,
    ),
  ]
  return {
    acquired(waitedMs, tenant) {
      acquire.of(tenant).record((waitedMs ?? 0) / 1000)
      if (waitedMs !== undefined) wait.of(tenant).record(waitedMs / 1000)
    },
    failed(code, waitedMs, tenant) {
      failures.bind({ ...own, tenant: tenants.of(tenant), code }).add()
      if (waitedMs > 0) wait.of(tenant).record(waitedMs / 1000)
    },
    created: (durationMs) => creation.record(durationMs / 1000),
    createFailed: (code) => createFailures.bind({ ...own, code }).add(),
    destroyed: (cause) => destroys.bind({ ...own, cause }).add(),
    leaked: () => leaks.add(),
    revoked: () => revocations.add(),
    end: () => {
      for (const stop of observers) stop()
    },
  }
}
