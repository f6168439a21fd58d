import type { Problems } from '@holdfast/contracts'

/** How a resource moves to new credentials. */
export interface RotationOptions {
  /** How long a lease with the old credentials may stay out, in milliseconds, before it is taken away and its resource destroyed; Infinity: as long as it takes. Default 60,000. */
  readonly maxDrainMs?: number | undefined
  /** How long it may take to make and check the first resource with the new credentials. Default 10,000. */
  readonly probeTimeoutMs?: number | undefined
  /** Rotations that may fail in a row, each later than the last, before the next change is waited for. Default 5. */
  readonly attempts?: number | undefined
  /** Delay before the second attempt, doubled each time, half of it random. Default 1000. */
  readonly retryDelayMs?: number | undefined
}

/** {@link RotationOptions} with every default filled in. */
export type RotationSettings = { readonly [K in keyof RotationOptions]-?: number }

const never = Number.POSITIVE_INFINITY

/** Fills in the defaults, and notes what is wrong under `path`. */
export const rotationSettings = (
  problems: Problems,
  { maxDrainMs = 60_000, probeTimeoutMs = 10_000, attempts = 5, retryDelayMs = 1000 }: RotationOptions = {},
  path = 'rotation',
): RotationSettings => {
  problems.require(maxDrainMs >= 0, `${path}.maxDrainMs`, maxDrainMs, '0 or more, or Infinity')
  problems.require(probeTimeoutMs > 0, `${path}.probeTimeoutMs`, probeTimeoutMs, 'more than 0, or Infinity')
  problems.require(
    attempts >= 1 && (Number.isInteger(attempts) || attempts === never),
    `${path}.attempts`,
    attempts,
    'a whole number of at least 1, or Infinity',
  )
  problems.require(
    retryDelayMs >= 0 && retryDelayMs !== never,
    `${path}.retryDelayMs`,
    retryDelayMs,
    'a number of milliseconds from 0 on',
  )
  return { maxDrainMs, probeTimeoutMs, attempts, retryDelayMs }
}
