import type { ErrorCode } from '@holdfast/contracts'
import { createSeededRandom, seedOf } from './seeded-random.ts'

/** A call that a {@link FailurePlan} is asked about. */
export interface PlannedCall {
  /** Name of the method. */
  readonly operation: string
  /** Which call of this method it is, beginning with 1. */
  readonly call: number
}

/** How a call fails. */
export interface PlannedFailure {
  /** A code, of which an error is made, or the error itself. */
  readonly error: ErrorCode | Error
  /**
   * `before`: without any effect. `after`: the call has its effect and its answer is lost; an error made of a code then
   * carries `details.outcome: 'unknown'` if the call writes. Default `before`.
   */
  readonly when?: 'before' | 'after'
  /** For a stream: how many items come before it fails, if there are so many. Default 0 with `before`, all with `after`. */
  readonly afterItems?: number
}

/** Decides for each call whether it fails. */
export type FailurePlan = (call: PlannedCall) => PlannedFailure | undefined

/** One line of {@link scriptedFailures}. */
export interface ScriptedFailure extends PlannedFailure {
  /** Default: every method. */
  readonly operation?: string
  /** Which call of the method fails, beginning with 1, or which ones. Default: every one. */
  readonly call?: number | readonly number[]
}

/** A plan that is written down call by call; the first line that fits counts. */
export const scriptedFailures =
  (script: readonly ScriptedFailure[]): FailurePlan =>
  ({ operation, call }) =>
    script.find(
      (line) =>
        (line.operation === undefined || line.operation === operation) &&
        (line.call === undefined || [line.call].flat().includes(call)),
    )

/** Options of {@link seededFailures}. */
export interface SeededFailureOptions {
  /** The same seed gives the same failures, whatever the order in which methods are called. */
  readonly seed: number
  /** Share of the calls that fail, from 0 to 1. */
  readonly rate: number
  /** Share of the failures whose effect has happened, from 0 to 1. Default 0.5. */
  readonly afterShare?: number
  /** Default UNAVAILABLE. */
  readonly error?: ErrorCode | Error
  /** Methods that fail. Default: all. */
  readonly operations?: readonly string[]
}

/** A plan by chance that can be repeated. */
export const seededFailures =
  ({ seed, rate, afterShare = 0.5, error = 'UNAVAILABLE', operations }: SeededFailureOptions): FailurePlan =>
  ({ operation, call }) => {
    if (operations !== undefined && !operations.includes(operation)) return undefined
    const random = createSeededRandom(seedOf(`${seed} ${operation} ${call}`))
    if (random() >= rate) return undefined
    return { error, when: random() < afterShare ? 'after' : 'before' }
  }
