import { HoldfastError, intercept, type NamedOperation, type Operations } from '@holdfast/contracts'
import type { FailurePlan, PlannedFailure } from './failure-plan.ts'

/**
 * Wraps an implementation of a contract so that calls fail as the plan says, before their effect or after it, which is a
 * lost answer. Everything else passes through unchanged; `close` and the like never fail.
 */
export const flaky = <C, T extends C>(inner: T, operations: Operations<C>, plan: FailurePlan): T => {
  const calls = new Map<string, number>()
  const next = (operation: NamedOperation): PlannedFailure | undefined => {
    const call = (calls.get(operation.name) ?? 0) + 1
    calls.set(operation.name, call)
    return plan({ operation: operation.name, call })
  }
  const once = async (operation: NamedOperation, run: () => Promise<unknown>): Promise<unknown> => {
    const failure = next(operation)
    if (failure === undefined) return run()
    if (failure.when === 'after') await run()
    throw errorOf(failure, operation)
  }
  return intercept(inner, operations, {
    unary: (operation, run, first, second, third) => once(operation, () => run(first, second, third)),
    callback: (operation, run, first, second, third) => once(operation, () => run(first, second, third)),
    stream(operation, run, first, second, third) {
      const failure = next(operation)
      return failure === undefined ? run(first, second, third) : cutOff(run(first, second, third), failure, operation)
    },
  })
}

/** Yields as many items as the failure allows and then throws it. Not a generator, whose `return()` would wait for the next item. */
const cutOff = (
  items: AsyncIterable<unknown>,
  failure: PlannedFailure,
  operation: NamedOperation,
): AsyncIterable<unknown> => ({
  [Symbol.asyncIterator]() {
    const inner = items[Symbol.asyncIterator]()
    let left = failure.afterItems ?? (failure.when === 'after' ? Number.POSITIVE_INFINITY : 0)
    let isOver = false
    const end = async (): Promise<IteratorResult<unknown>> => {
      isOver = true
      await inner.return?.()
      return { done: true, value: undefined }
    }
    return {
      async next() {
        if (isOver) return { done: true, value: undefined }
        const item = left > 0 ? await inner.next() : undefined
        left -= 1
        if (item !== undefined && item.done !== true) return item
        if (!isOver) await end()
        throw errorOf(failure, operation)
      },
      return: end,
    }
  },
})

const errorOf = ({ error, when }: PlannedFailure, operation: NamedOperation): Error => {
  if (typeof error !== 'string') return error
  const isUnknown = when === 'after' && 'effect' in operation && operation.effect === 'write'
  return new HoldfastError({
    code: error,
    source: 'flaky',
    operation: operation.name,
    message: `${operation.name} failed as planned, ${when === 'after' ? 'after' : 'before'} its effect.`,
    hint: 'The plan given to flaky says which calls fail.',
    ...(isUnknown ? { details: { outcome: 'unknown' } } : {}),
  })
}
