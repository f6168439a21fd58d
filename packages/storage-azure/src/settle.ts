import { type CallOptions, type Clock, cancellationError } from '@holdfast/contracts'
import { source } from './errors.ts'

/** How long to wait between two looks at first; it grows by half each time, up to two seconds. */
const firstPauseMs = 50
const longestPauseMs = 2000

/**
 * Looks until `attempt` answers something: the service finishes deletions, recoveries and purges after it has answered.
 * Undefined when that took longer than `timeoutMs`.
 */
export const settle = async <T>(
  attempt: () => Promise<T | undefined>,
  {
    clock,
    timeoutMs,
    operation,
    signal,
  }: CallOptions & { readonly clock: Clock; readonly timeoutMs: number; readonly operation: string },
): Promise<T | undefined> => {
  const endMs = clock.monotonicNow() + timeoutMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    const result = await attempt()
    if (result !== undefined) return result
    if (clock.monotonicNow() + pauseMs > endMs) return undefined
    await pause(clock, pauseMs, signal)
    if (signal?.aborted) throw cancellationError(signal, { source, operation })
  }
}

const pause = (clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.setTimer(end, delayMs, { keepAlive: true })
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
  })
