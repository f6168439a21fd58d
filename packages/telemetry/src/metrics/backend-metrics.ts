import type { ErrorCode } from '@holdfast/contracts'

/** What became of a call: `OK`, the code of the error, or `_OTHER` for what is no HoldfastError. */
export type OutcomeCode = 'OK' | ErrorCode | '_OTHER'

/** What one operation of a backend did since it was wrapped. */
export interface OperationReading {
  /** Calls that are over, however they ended. */
  readonly calls: number
  readonly inFlight: number
  /** How many ended in an error, by its code. */
  readonly errors: Readonly<Partial<Record<Exclude<OutcomeCode, 'OK'>, number>>>
  /** Attempts beyond the first, if the retry policy is followed. */
  readonly retries: number
  /** Items that its streams yielded. */
  readonly items: number
  /** Mean of all calls in milliseconds, 0 when there was none. A stream lasts from its first `next()` to its end. */
  readonly meanLatencyMs: number
  readonly maxLatencyMs: number
}

/** What a backend did since it was wrapped. */
export interface BackendMetrics {
  readonly package: string
  readonly backend: string
  /** By the name of the operation, those that were called. */
  readonly operations: Readonly<Record<string, OperationReading>>
  readonly calls: number
  readonly retries: number
  /**
   * The share of calls, 0 to 1, that failed for another reason than what was asked: NOT_FOUND, ALREADY_EXISTS, CONFLICT,
   * INVALID_ARGUMENT and CANCELLED are answers.
   */
  readonly errorRate: number
}

const answers: ReadonlySet<string> = new Set([
  'OK',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'CONFLICT',
  'INVALID_ARGUMENT',
  'CANCELLED',
])

/** Tells whether a call of this outcome counts into the error rate. */
export const isFailure = (code: OutcomeCode): boolean => !answers.has(code)
