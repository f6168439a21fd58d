import { HoldfastError } from '@holdfast/contracts'

/** The error of a load that took longer than `loadTimeoutMs`. */
export const loadTimeoutError = (cache: string, timeoutMs: number): HoldfastError =>
  new HoldfastError({
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
    source: 'cache',
    operation: 'getOrLoad',
    message: `A load of the cache ${cache} was not done after ${timeoutMs} ms.`,
    hint: 'Raise loadTimeoutMs, or look at what the loader waits for; a loader that asks for its own key waits for itself.',
    details: { cache, timeoutMs },
  })

/** The error of a loader that asks for the key it is loading. */
export const selfLoadError = (cache: string): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    source: 'cache',
    operation: 'getOrLoad',
    message: `A loader of the cache ${cache} asked for the key that it is loading itself.`,
    hint: 'Let the loader read from where the value really is; use peek to see what the cache still holds.',
    details: { cache },
  })

/** What of an error may stand in a log line or an event: the name of its class. */
export const nameOfError = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
