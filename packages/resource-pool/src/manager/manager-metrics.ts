import type { Counter, EventSource, HealthStatus, Histogram, Metric, Metrics, Observe } from '@holdfast/contracts'
import { TenantLabels } from '../tenant-series.ts'
import type { HealthCheckResult } from './health-history.ts'
import type { LifecycleState } from './lifecycle-state.ts'
import type { ManagerEvents, ManagerState } from './manager-events.ts'

/** What the metrics ask of each resource at a scrape; a {@link ResourceExplanation} has all of it. */
export interface ResourceReading {
  readonly name: string
  readonly type: string
  readonly state: LifecycleState
  readonly health?: { readonly status: HealthStatus | undefined } | undefined
  readonly circuits: readonly string[]
  readonly credentials: Readonly<Record<string, { readonly expiresAt?: string }>>
}

/** What a manager's metrics are made of. */
export interface ManagerMetricsOptions {
  readonly metrics: Metrics
  readonly events: Pick<EventSource<ManagerEvents>, 'on'>
  /** The type of a resource by its name; undefined for one that is not registered. */
  readonly typeOf: (resource: string) => string | undefined
  /** Every resource, at a scrape. */
  readonly resources: () => Iterable<ResourceReading>
  /** The manager itself, at a scrape. */
  readonly state: () => ManagerState
  readonly isReady: () => boolean
}

/** What a manager measures; most of it by listening to the manager's own events. */
export interface ManagerMetrics {
  /** Counts an answer of the health monitor. */
  checked(resource: string, result: HealthCheckResult): void
  /** Ends what is asked for at scrapes; what was counted stays. */
  end(): void
}

const labels = ['resource', 'type'] as const

/** How good each status is, as in every health metric of ours. */
const worth: Readonly<Record<HealthStatus, number>> = { up: 1, degraded: 0.5, down: 0 }

/** States that an alert counts arrivals in: they are there from the first scrape on, so that the first arrival is an increase. */
const alarming: readonly LifecycleState[] = ['quarantined', 'failed']

/** The series of one resource that are written as things happen, each bound when it is first needed. */
interface ResourceSeries {
  readonly own: { readonly resource: string; readonly type: string }
  tenants?: TenantLabels
  isPrepared?: boolean
  checkSeconds?: Histogram
  rotationSeconds?: Histogram
  rotated?: Counter
  rotationFailed?: Counter
}

/** Registers the metrics of a manager, `holdfast_resource_*` and `holdfast_manager_*`; those of its pools are theirs. */
export const createManagerMetrics = (options: ManagerMetricsOptions): ManagerMetrics => {
  const { metrics, events, typeOf, resources, state: stateNow, isReady } = options
  // Observed first: what they find to be there is shown with 0 on the same page.
  const endings = [
    metrics.observe(
      {
        name: 'holdfast_resource_state',
        help: '1 for the state that a resource is in.',
        labels: [...labels, 'state'],
      },
      (observe) => {
        for (const { name: resource, type, state } of resources()) {
          observe(1, { resource, type, state })
          prepare(seriesOf(resource))
        }
      },
    ),
    metrics.observe(
      {
        name: 'holdfast_resource_health',
        help: 'What the health checks of a resource agree on: 1 up, 0.5 degraded, 0 down.',
        labels,
      },
      (observe) => {
        for (const { name: resource, type, health } of resources()) {
          if (health?.status !== undefined) observe(worth[health.status], { resource, type })
        }
      },
    ),
    metrics.observe(
      {
        name: 'holdfast_resource_circuit_state',
        help: '1 for the state that a circuit of a resource is in; circuits are numbered from the outermost policy.',
        labels: [...labels, 'circuit', 'state'],
      },
      (observe) => {
        for (const { name: resource, type, circuits } of resources()) {
          for (const [index, state] of circuits.entries()) {
            observe(1, { resource, type, circuit: String(index + 1), state })
          }
        }
      },
    ),
    metrics.observe(
      {
        name: 'holdfast_resource_credential_expiry_timestamp_seconds',
        help: 'When a credential that a resource uses expires, in seconds since 1970.',
        labels: [...labels, 'credential'],
      },
      (observe) => {
        for (const reading of resources()) observeExpiries(reading, observe, () => rotationsOf(seriesOf(reading.name)))
      },
    ),
    metrics.observe(
      { name: 'holdfast_manager_state', help: '1 for the state that the manager is in.', labels: ['state'] },
      (observe) => observe(1, { state: stateNow() }),
    ),
    metrics.observe(
      { name: 'holdfast_manager_ready', help: '1 while traffic should be sent to the service, else 0.' },
      (observe) => observe(isReady() ? 1 : 0),
    ),
  ]
  const transitions = metrics.counter({
    name: 'holdfast_resource_transitions_total',
    help: 'How often a resource came into a state.',
    labels: [...labels, 'state'],
  })
  const checks = metrics.counter({
    name: 'holdfast_resource_health_checks_total',
    help: 'Answers of health checks, by status.',
    labels: [...labels, 'status'],
  })
  const checkSeconds = metrics.histogram({
    name: 'holdfast_resource_health_check_seconds',
    help: 'Time that health checks took.',
    labels,
  })
  const rotations = metrics.counter({
    name: 'holdfast_resource_rotations_total',
    help: 'Moves to new credentials, by outcome: rotated or failed.',
    labels: [...labels, 'outcome'],
  })
  const rotationSeconds = metrics.histogram({
    name: 'holdfast_resource_rotation_seconds',
    help: 'Time from the beginning of a rotation until new leases had the new credentials.',
    labels,
  })
  const forced = metrics.counter({
    name: 'holdfast_resource_forced_leases_total',
    help: 'Leases that were still out at the deadline of a stop and were taken away.',
    labels,
  })
  const refusals = metrics.counter({
    name: 'holdfast_resource_tenant_refusals_total',
    help: 'Acquires that were refused to a tenant, by error code.',
    labels: [...labels, 'tenant', 'code'],
  })

  const known = new Map<string, ResourceSeries>()
  const seriesOf = (resource: string): ResourceSeries => {
    const series = known.get(resource)
    if (series !== undefined) return series
    const created: ResourceSeries = { own: { resource, type: typeOf(resource) ?? '' } }
    known.set(resource, created)
    return created
  }
  /** Not before somebody looks: thousands of resources may be registered that nobody measures. */
  const prepare = (series: ResourceSeries): void => {
    if (series.isPrepared) return
    series.isPrepared = true
    for (const state of alarming) transitions.bind({ ...series.own, state })
  }
  /** The counters of rotations; also read before the first, so that it is an increase. */
  const rotationsOf = (series: ResourceSeries): { readonly rotated: Counter; readonly failed: Counter } => {
    const { own } = series
    series.rotated ??= rotations.bind({ ...own, outcome: 'rotated' })
    series.rotationFailed ??= rotations.bind({ ...own, outcome: 'failed' })
    return { rotated: series.rotated, failed: series.rotationFailed }
  }

  endings.push(
    events.on('resource.transitioned', ({ resource, to }) =>
      count(transitions, { ...seriesOf(resource).own, state: to }),
    ),
    events.on('credentials.rotated', ({ resource, durationMs }) => {
      const series = seriesOf(resource)
      rotationsOf(series).rotated.add()
      series.rotationSeconds ??= rotationSeconds.bind(series.own)
      series.rotationSeconds.record(durationMs / 1000)
    }),
    events.on('rotation.failed', ({ resource }) => rotationsOf(seriesOf(resource)).failed.add()),
    events.on('leases.forced', ({ resource, leases }) => count(forced, seriesOf(resource).own, leases.length)),
    events.on('tenant.refused', ({ resource, tenant, code }) => {
      const series = seriesOf(resource)
      series.tenants ??= new TenantLabels()
      count(refusals, { ...series.own, tenant: series.tenants.of(tenant), code })
    }),
  )
  return {
    checked(resource, { status, latencyMs }) {
      const series = seriesOf(resource)
      count(checks, { ...series.own, status })
      series.checkSeconds ??= checkSeconds.bind(series.own)
      series.checkSeconds.record(latencyMs / 1000)
    },
    end() {
      for (const end of endings.splice(0)) end()
    },
  }
}

const count = (counter: Metric<Counter>, of: Readonly<Record<string, string>>, amount = 1): void =>
  counter.bind(of).add(amount)

const observeExpiries = (
  { name: resource, type, credentials }: ResourceReading,
  observe: Observe,
  onRotatable: () => void,
): void => {
  for (const [credential, { expiresAt }] of Object.entries(credentials)) {
    onRotatable()
    if (expiresAt !== undefined) observe(Date.parse(expiresAt) / 1000, { resource, type, credential })
  }
}
