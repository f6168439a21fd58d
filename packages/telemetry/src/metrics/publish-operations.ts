import type { MetricLabels, MetricOptions, Metrics, Observe } from '@holdfast/contracts'
import type { BackendRecorder } from './backend-recorder.ts'
import type { OperationRecorder } from './operation-recorder.ts'

/** The labels of what is counted by outcome. */
export const outcomeLabels: readonly string[] = ['package', 'backend', 'operation', 'code', 'tenant']

const operationLabels: readonly string[] = ['package', 'backend', 'operation']

/** Tells what one operation has counted. */
type Tell = (observe: Observe, operation: OperationRecorder, names: MetricLabels) => void

/** Registers what recorders have counted, to be asked for at each reading; answers what takes it out again. */
export const publishOperations = (registry: Metrics, backends: () => Iterable<BackendRecorder>): (() => void)[] => {
  const publish = (options: MetricOptions, tell: Tell): (() => void) => {
    const kind = options.name.endsWith('_total') ? 'counter' : 'gauge'
    return registry.observe({ ...options, kind }, (observe) => {
      for (const { package: package_, backend, operations } of backends()) {
        for (const operation of operations.values()) {
          tell(observe, operation, { package: package_, backend, operation: operation.name })
        }
      }
    })
  }
  return [
    publish(
      { name: 'holdfast_operations_total', help: 'Operations that are over.', labels: outcomeLabels },
      (observe, operation) => {
        for (const { count, labels } of operation.cells()) observe(count, labels)
      },
    ),
    publish(
      { name: 'holdfast_operations_in_flight', help: 'Operations that are not over.', labels: operationLabels },
      (observe, { inFlight }, names) => observe(inFlight, names),
    ),
    publish(
      {
        name: 'holdfast_operation_retries_total',
        help: 'Attempts beyond the first, by the code of the error before them.',
        labels: [...operationLabels, 'code'],
      },
      (observe, { retries }, names) => {
        for (const [code, count] of retries) observe(count, { ...names, code })
      },
    ),
    publish(
      { name: 'holdfast_operation_items_total', help: 'Items that streams yielded.', labels: operationLabels },
      (observe, { items }, names) => {
        if (items > 0) observe(items, names)
      },
    ),
  ]
}
