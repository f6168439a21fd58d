import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Runs work as part of no request: its deadline and its tenant are not those of whoever happened to start what goes on in
 * the background. Taken when the module is loaded, which is before the first request.
 */
export const outsideRequests: <R>(work: () => R) => R = AsyncLocalStorage.snapshot()
