import type { ErrorCode } from '@holdfast/contracts'

/** What a retry policy tells of an attempt that failed; `retry` and `standard` of `@holdfast/resilience` do. */
export interface AttemptEvents {
  readonly 'attempt.failed': {
    readonly operation: string
    readonly attempt: number
    readonly code?: ErrorCode | undefined
    /** How long until the next attempt, in milliseconds; absent when there is none. */
    readonly delayMs?: number | undefined
  }
}
