import {
  type Clock,
  createProblems,
  type EventSource,
  intercept,
  type Layer,
  type Metrics,
  type Operations,
  systemClock,
} from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import type { AttemptEvents } from '../calls/attempt-events.ts'
import { type CallTargetOptions, callTargetOf } from '../calls/call-target.ts'
import { checkCallTarget } from '../calls/check-call-target.ts'
import { source } from '../source.ts'
import type { BackendMetrics } from './backend-metrics.ts'
import { type BackendName, type BackendRecorder, createBackendRecorder } from './backend-recorder.ts'
import { overflowValue } from './label-table.ts'
import { measureCalls } from './measure-calls.ts'
import { outcomeLabels, publishOperations } from './publish-operations.ts'

/** Options of {@link metrics}. */
export interface OperationMetricsOptions extends Pick<CallTargetOptions, 'package' | 'backend'> {
  /** Where the metrics are registered: `createMetricsRegistry()`. */
  readonly registry: Metrics
  /**
   * How many tenants of `contracts/context` get a label of their own; those that come later share `__overflow__`. Each
   * multiplies the series. Default 0: no label.
   */
  readonly maxTenants?: number | undefined
  /** Upper bounds in seconds of the buckets of latencies, the same for everything that a registry measures. Default {@link defaultLatencyBuckets}. */
  readonly buckets?: readonly number[] | undefined
  readonly clock?: Clock | undefined
}

/** What {@link metrics} makes. */
export interface OperationMetrics {
  /** A layer for any contract that has an operation table. */
  layer<C>(operations: Operations<C>): Layer<C>
  /**
   * Counts the retries of a policy, `retry()` or `standard().attempts` of `@holdfast/resilience`, for the named backend; without a name for the backend that was wrapped, if it is the
   * only one. Answers a function that ends it.
   */
  follow(attempts: EventSource<AttemptEvents>, target?: Pick<CallTargetOptions, 'package' | 'backend'>): () => void
  /** What each wrapped backend did, as plain data. */
  read(): readonly BackendMetrics[]
  /** Takes everything out of the registry, when what was wrapped is gone. */
  end(): void
}

/**
 * Measures each operation of what it wraps: `holdfast_operations_total` and `holdfast_operation_duration_seconds` by
 * package, backend, operation, code (`OK`, the code of the error, `_OTHER`) and tenant, `holdfast_operations_in_flight`,
 * `holdfast_operation_retries_total`, and for streams `holdfast_operation_items_total`. Around a retry layer it measures
 * calls, inside of one attempts. A stream is counted when it is over, and one that is left early ended well. Throws
 * INVALID_ARGUMENT with every problem.
 */
export const metrics = (options: OperationMetricsOptions): OperationMetrics => {
  checkOptions(options)
  const { registry, maxTenants = 0, clock = systemClock } = options
  const latencies = registry.histogram({
    name: 'holdfast_operation_duration_seconds',
    help: 'How long operations took, in seconds.',
    labels: outcomeLabels,
    buckets: options.buckets,
  })
  const backends = new Map<string, BackendRecorder>()
  const endings = publishOperations(registry, () => backends.values())
  const tenantOfCall = createTenantChooser(maxTenants)

  const backendOf = (name: BackendName): BackendRecorder => {
    const key = JSON.stringify([name.package, name.backend])
    const backend = backends.get(key) ?? createBackendRecorder(name, latencies)
    backends.set(key, backend)
    return backend
  }

  return {
    layer:
      <C>(operations: Operations<C>): Layer<C> =>
      (inner) => {
        const backend = backendOf(callTargetOf(inner, operations, options))
        return intercept(inner, operations, measureCalls(backend, tenantOfCall, clock))
      },
    follow(attempts, target = options) {
      const { package: package_, backend = package_ } = target
      const stop = attempts.on('attempt.failed', ({ operation, code, delayMs }) => {
        if (delayMs === undefined) return
        const [only, ...others] = backends.values()
        const isMeant = package_ === undefined && only !== undefined && others.length === 0
        const followed = isMeant ? only : backendOf({ package: package_ ?? '', backend: backend ?? '' })
        followed.operation(operation).retried(code ?? '_OTHER')
      })
      endings.push(stop)
      return stop
    },
    read: () => Array.from(backends.values(), (backend) => backend.read()),
    end() {
      for (const end of endings.splice(0)) end()
      for (const backend of backends.values()) backend.end()
      backends.clear()
    },
  }
}

/** Makes a function that answers the label for the tenant of the running request. */
const createTenantChooser = (maxTenants: number): (() => string) => {
  if (maxTenants === 0) return () => ''
  const known = new Set<string>()
  return () => {
    const tenant = currentContext()?.tenant ?? ''
    if (tenant === '' || known.has(tenant)) return tenant
    if (known.size >= maxTenants) return overflowValue
    known.add(tenant)
    return tenant
  }
}

const checkOptions = (options: OperationMetricsOptions): void => {
  const { registry, maxTenants = 0 } = options
  const problems = createProblems(source, 'metrics')
  checkCallTarget(problems, options)
  const isRegistry = typeof Reflect.get(Object(registry), 'histogram') === 'function'
  problems.require(isRegistry, 'registry', registry, 'what createMetricsRegistry makes')
  problems.require(Number.isInteger(maxTenants) && maxTenants >= 0, 'maxTenants', maxTenants, 'a whole number from 0')
  problems.throwIfAny()
}
