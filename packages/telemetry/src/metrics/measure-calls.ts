import { type Around, type Clock, HoldfastError } from '@holdfast/contracts'
import { observeStream } from '../calls/observe-stream.ts'
import type { OutcomeCode } from './backend-metrics.ts'
import type { BackendRecorder } from './backend-recorder.ts'

/** What is done around the calls of a wrapped backend so that they are counted. */
export const measureCalls = (backend: BackendRecorder, tenantOfCall: () => string, clock: Clock): Around => {
  const measure = (name: string, call: () => Promise<unknown>): Promise<unknown> => {
    const operation = backend.operation(name)
    const tenant = tenantOfCall()
    const startedAt = clock.monotonicNow()
    operation.begin()
    return call().then(
      (result) => {
        operation.end('OK', tenant, clock.monotonicNow() - startedAt)
        return result
      },
      (error: unknown) => {
        operation.end(codeOf(error), tenant, clock.monotonicNow() - startedAt)
        throw error
      },
    )
  }
  return {
    unary: ({ name }, next, first, second, third) => measure(name, () => next(first, second, third)),
    callback: ({ name }, next, first, second, third) => measure(name, () => next(first, second, third)),
    stream({ name }, next, first, second, third) {
      const tenant = tenantOfCall()
      return observeStream(
        () => next(first, second, third),
        () => {
          const operation = backend.operation(name)
          const startedAt = clock.monotonicNow()
          operation.begin()
          return {
            run: (work) => work(),
            ended(items, outcome) {
              operation.items += items
              const code = outcome.kind === 'failed' ? codeOf(outcome.error) : 'OK'
              operation.end(code, tenant, clock.monotonicNow() - startedAt)
            },
          }
        },
      )
    },
  }
}

const codeOf = (error: unknown): OutcomeCode => (HoldfastError.is(error) ? error.code : '_OTHER')
