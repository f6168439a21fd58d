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
