import { createProblems, type ErrorCode, errorCodes, HoldfastError } from '@holdfast/contracts'
import { plannedFailure, source } from './errors.ts'

/** The calls that can be told to fail. */
export const plannableOperations = [
  'store',
  'retrieve',
  'exists',
  'delete',
  'list',
  'health',
  'history',
  'recover',
  'purge',
  'listDeleted',
  'watch',
] as const

/** One of {@link plannableOperations}. */
export type PlannableOperation = (typeof plannableOperations)[number]

/** Which calls `failNextWith` is about. */
export interface FailNextOptions {
  /** How many calls fail: a whole number of at least 1, or Infinity. Default 1. */
  readonly times?: number
  /** Only calls of this method. Default: whichever come next. */
  readonly operation?: PlannableOperation
}

/** The failures that are still to come, in the order they were planned. */
export interface PlannedFailures {
  plan(failure: HoldfastError | ErrorCode, options?: FailNextOptions): void
  /** The failure for this call, or undefined when it is to work. */
  take(operation: PlannableOperation): HoldfastError | undefined
  clear(): void
}

interface Plan {
  readonly failure: HoldfastError | ErrorCode
  readonly operation: PlannableOperation | undefined
  left: number
}

/** Makes a {@link PlannedFailures}. */
export const createPlannedFailures = (): PlannedFailures => {
  let plans: Plan[] = []
  return {
    plan(failure, { times = 1, operation } = {}) {
      const problems = createProblems(source, 'failNextWith')
      const isFailure = HoldfastError.is(failure) || errorCodes.some((code) => code === failure)
      problems.require(isFailure, 'failure', failure, 'a HoldfastError or one of its codes')
      const isCount = times === Number.POSITIVE_INFINITY || (Number.isInteger(times) && times >= 1)
      problems.require(isCount, 'times', times, 'a whole number of at least 1, or Infinity')
      const isOperation = operation === undefined || plannableOperations.includes(operation)
      problems.require(isOperation, 'operation', operation, `one of ${plannableOperations.join(', ')}`)
      problems.throwIfAny()
      plans.push({ failure, operation, left: times })
    },
    take(operation) {
      const plan = plans.find((candidate) => candidate.operation === undefined || candidate.operation === operation)
      if (plan === undefined) return undefined
      plan.left -= 1
      if (plan.left === 0) plans = plans.filter((candidate) => candidate !== plan)
      return typeof plan.failure === 'string' ? plannedFailure(plan.failure, operation) : plan.failure
    },
    clear() {
      plans = []
    },
  }
}
