import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import {
  type Around,
  createProblems,
  intercept,
  type Layer,
  type NamedOperation,
  type Next,
  type Operation,
  type Operations,
} from '@holdfast/contracts'
import { callFactsOf } from '../calls/call-facts.ts'
import { type CallTarget, type CallTargetOptions, callTargetOf } from '../calls/call-target.ts'
import { checkCallTarget } from '../calls/check-call-target.ts'
import { errorFactsOf } from '../calls/error-facts.ts'
import { observeStream } from '../calls/observe-stream.ts'
import { source } from '../source.ts'
import type { OperationMessage } from './operation-message.ts'

/** What {@link diagnostics} makes. */
export interface Diagnostics {
  /** A layer for any contract that has an operation table. */
  layer<C>(operations: Operations<C>): Layer<C>
}

/** The name of the tracing channel: agents subscribe to `tracing:holdfast.operation:start`, `:end`, `:asyncEnd`, `:error`. */
export const operationChannelName = 'holdfast.operation'

const operationChannel = tracingChannel<OperationMessage, OperationMessage>(operationChannelName)

/**
 * Publishes each operation on the tracing channel `holdfast.operation` of `node:diagnostics_channel`, so that agents see
 * them without configuration: `start` (with its bound stores around the operation) and `end` around the call, `error`
 * when it fails, `asyncStart` and `asyncEnd` when it has settled; a stream's from its first step to its end. Messages are
 * {@link OperationMessage}s. While nobody subscribes calls go straight through. Throws INVALID_ARGUMENT.
 */
export const diagnostics = (options: CallTargetOptions = {}): Diagnostics => {
  const problems = createProblems(source, 'diagnostics')
  checkCallTarget(problems, options)
  problems.throwIfAny()
  return {
    layer:
      <C>(operations: Operations<C>): Layer<C> =>
      (inner) =>
        intercept(inner, operations, aroundOf(callTargetOf(inner, operations, options))),
  }
}

type RemoteOperation = NamedOperation<Exclude<Operation, { readonly kind: 'local' }>>

const aroundOf = (target: CallTarget): Around => {
  const published = (
    call: RemoteOperation,
    next: Next<Promise<unknown>>,
    first: unknown,
    second: unknown,
    third: unknown,
  ): Promise<unknown> => {
    if (!operationChannel.hasSubscribers) return next(first, second, third)
    const message = messageOf(target, call, first, second, third)
    const answer = operationChannel.start.runStores(message, () => {
      const begun = next(first, second, third)
      return begun.then(
        (result) => {
          settled(message)
          return result
        },
        (error: unknown) => {
          settled(message, { error })
          throw error
        },
      )
    })
    operationChannel.end.publish(message)
    return answer
  }
  return {
    unary: published,
    callback: published,
    stream(call, next, first, second, third) {
      if (!operationChannel.hasSubscribers) return next(first, second, third)
      return observeStream(
        () => next(first, second, third),
        () => {
          const message = messageOf(target, call, first, second, third)
          /** What the first step ran in, for all that follow: `runStores` would publish a start for each. */
          let inStores: ReturnType<typeof AsyncLocalStorage.snapshot> | undefined
          return {
            run(work) {
              if (inStores !== undefined) return inStores(work)
              try {
                return operationChannel.start.runStores(message, () => {
                  inStores = AsyncLocalStorage.snapshot()
                  return work()
                })
              } finally {
                operationChannel.end.publish(message)
              }
            },
            ended(items, outcome) {
              message.items = items
              settled(message, outcome.kind === 'failed' ? outcome : undefined)
            },
          }
        },
      )
    },
  }
}

const messageOf = (
  target: CallTarget,
  call: RemoteOperation,
  first: unknown,
  second: unknown,
  third: unknown,
): OperationMessage => ({
  package: target.package,
  backend: target.backend,
  operation: call.name,
  kind: call.kind,
  effect: call.effect,
  ...callFactsOf(call, target, first, second, third),
})

const settled = (message: OperationMessage, failed?: { readonly error: unknown }): void => {
  if (failed !== undefined) {
    const { type, code, reason } = errorFactsOf(failed.error)
    message.error = { type, code, reason }
    operationChannel.error.publish(message)
  }
  operationChannel.asyncStart.publish(message)
  operationChannel.asyncEnd.publish(message)
}
