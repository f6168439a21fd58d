import { createProblems } from '@holdfast/contracts'
import { source } from './cancellable.ts'

/** How often and when to try again: plain data that survives JSON. */
export interface RetryPolicy {
  /** Retries after the first attempt: 0 to 10. Default 5. */
  readonly retries: number
  /** Delay before the first retry in milliseconds, less than `maxDelayMs`. Default 100. */
  readonly baseDelayMs: number
  /** What each delay is multiplied by for the next one: 1 to 10. Default 2. */
  readonly multiplier: number
  /** Longest delay in milliseconds; only a `retryAfterMs` of the other side waits longer. Default 30,000. */
  readonly maxDelayMs: number
  /** How delays are spread so that callers do not come back together: `proportional` by ±25 %, `full` from 0 to the delay, or `none`. Default `proportional`. */
  readonly jitter: 'proportional' | 'full' | 'none'
  /** What all calls of the policy together may spend on retries. */
  readonly budget: RetryBudgetPolicy
}

/** A bucket of tokens of which each retry takes one, so that a dead dependency is not asked four times as often as a living one. */
export interface RetryBudgetPolicy {
  /**
   * Tokens it holds at most, and at the beginning: at least 1. Default 90: the failures of 1000 calls at once of which 5 %
   * fail (50, with a standard deviation of 7), and less than a tenth of 1000 calls to a dead dependency. The SDKs of AWS begin
   * with 100 retries, and so does Finagle (decision 0502).
   */
  readonly capacity: number
  /** Tokens that each successful call puts in: 0 to 1. Default 0.1, as in Finagle a fifth and in gRPC a tenth. */
  readonly tokensPerSuccess: number
  /** Tokens that come back by themselves each second: 0 or more. Default 1. */
  readonly tokensPerSecond: number
}

/** A {@link RetryPolicy} of which everything may be left out. */
export type RetryPolicyOptions = Partial<Omit<RetryPolicy, 'budget'>> & {
  readonly budget?: Partial<RetryBudgetPolicy> | undefined
}

/** The defaults of {@link RetryPolicy}. */
export const defaultRetryPolicy: RetryPolicy = {
  retries: 5,
  baseDelayMs: 100,
  multiplier: 2,
  maxDelayMs: 30_000,
  jitter: 'proportional',
  budget: { capacity: 90, tokensPerSuccess: 0.1, tokensPerSecond: 1 },
}

/** Fills in what is left out. Throws INVALID_ARGUMENT with every problem. */
export const parseRetryPolicy = (options: RetryPolicyOptions = {}): RetryPolicy => {
  const budget = { ...defaultRetryPolicy.budget, ...options.budget }
  const policy: RetryPolicy = { ...defaultRetryPolicy, ...options, budget }
  const { retries, baseDelayMs, multiplier, maxDelayMs, jitter } = policy
  const problems = createProblems(source, 'retry')
  problems.require(
    Number.isInteger(retries) && retries >= 0 && retries <= 10,
    'retries',
    retries,
    'a whole number from 0 to 10',
  )
  problems.require(Number.isFinite(maxDelayMs) && maxDelayMs > 0, 'maxDelayMs', maxDelayMs, 'more than 0')
  problems.require(
    Number.isFinite(baseDelayMs) && baseDelayMs >= 0 && !(baseDelayMs >= maxDelayMs),
    'baseDelayMs',
    baseDelayMs,
    '0 or more, and less than maxDelayMs',
  )
  problems.require(multiplier >= 1 && multiplier <= 10, 'multiplier', multiplier, '1 to 10')
  problems.require(['proportional', 'full', 'none'].includes(jitter), 'jitter', jitter, 'proportional, full or none')
  problems.require(
    Number.isFinite(budget.capacity) && budget.capacity >= 1,
    'budget.capacity',
    budget.capacity,
    '1 or more',
  )
  problems.require(
    budget.tokensPerSuccess >= 0 && budget.tokensPerSuccess <= 1,
    'budget.tokensPerSuccess',
    budget.tokensPerSuccess,
    '0 to 1',
  )
  problems.require(
    Number.isFinite(budget.tokensPerSecond) && budget.tokensPerSecond >= 0,
    'budget.tokensPerSecond',
    budget.tokensPerSecond,
    '0 or more',
  )
  for (const name of unknownNames(options, defaultRetryPolicy))
    problems.add({ path: name, given: 'an option', allowed: 'only known options' })
  for (const name of unknownNames(options.budget ?? {}, defaultRetryPolicy.budget))
    problems.add({ path: `budget.${name}`, given: 'an option', allowed: 'only known options' })
  problems.throwIfAny()
  return policy
}

const unknownNames = (given: object, known: object): readonly string[] =>
  Object.keys(given).filter((name) => !Object.hasOwn(known, name))
