import type { ErrorCode, Metrics } from '@holdfast/contracts'
import type { DestroyCause, PoolStatistics } from '@holdfast/contracts/resources'

/** What a pool measures as it happens; what it knows about itself is asked for at each scrape. */
export interface PoolMetrics {
  acquired(waitedMs: number): void
  failed(code: ErrorCode): void
  created(durationMs: number): void
  createFailed(code: ErrorCode): void
  destroyed(cause: DestroyCause): void
  leaked(): void
  revoked(): void
  /** Ends the series of this pool. */
  end(): void
}

const labels = ['pool', 'type'] as const

/** Registers the metrics of one pool, under the labels `pool` and `type`. */
export const registerPoolMetrics = (
  metrics: Metrics,
  pool: string,
  type: string,
  statistics: () => PoolStatistics,
): PoolMetrics => {
  const own = { pool, type }
  const wait = metrics
    .histogram({
      name: 'holdfast_pool_acquire_seconds',
      help: 'Time from acquire to the lease; a free resource counts as 0.',
      labels,
    })
    .bind(own)
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
  const observers = [
    metrics.observe(
      { name: 'holdfast_pool_resources', help: 'Resources there are, by state.', labels: [...labels, 'state'] },
      (observe) => {
        const now = statistics()
        for (const state of ['idle', 'leased', 'creating', 'validating', 'resetting', 'destroying'] as const) {
          observe(now[state], { ...own, state })
        }
      },
    ),
    metrics.observe({ name: 'holdfast_pool_waiting', help: 'Callers that wait for a lease.', labels }, (observe) =>
      observe(statistics().waiting, own),
    ),
    metrics.observe({ name: 'holdfast_pool_max_size', help: 'Resources there may be.', labels }, (observe) =>
      observe(statistics().maxSize, own),
    ),
    metrics.observe(
      { name: 'holdfast_pool_utilisation_ratio', help: 'Leased resources by those there may be.', labels },
      (observe) => observe(statistics().utilisation, own),
    ),
    metrics.observe(
      { name: 'holdfast_pool_recommended_size', help: 'How large the pool should be, by what it saw.', labels },
      (observe) => observe(statistics().recommended.size, own),
    ),
    metrics.observe(
      { name: 'holdfast_pool_oldest_lease_seconds', help: 'For how long the oldest lease has been out.', labels },
      (observe) => observe(statistics().oldestLeaseMs / 1000, own),
    ),
  ]
  return {
    acquired: (waitedMs) => wait.record(waitedMs / 1000),
    failed: (code) => failures.bind({ ...own, code }).add(),
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
