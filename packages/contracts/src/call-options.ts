/** What every call that does I/O takes. */
export interface CallOptions {
  /** Cancels the call: it rejects at once with CANCELLED, or with TIMEOUT when the signal's reason is a TimeoutError. */
  readonly signal?: AbortSignal | undefined
  /** When the call must be over, as a point on the monotonic clock in milliseconds (`clock.monotonicNow()`). The timeout layer enforces it. */
  readonly deadline?: number | undefined
}
