import type { IncomingHttpHeaders } from 'node:http'
import { createSeededRandom } from '../faults/seeded-random.ts'
import type { HttpFault } from './http-fault.ts'
import { requireHttpFaults } from './require-http-faults.ts'

/** A request that an {@link HttpFaultPlan} is asked about: its head, for its body may still be on the way. */
export interface PlannedRequest {
  /** Which request it is since the plan was set, beginning with 1. */
  readonly number: number
  readonly method: string
  /** Path and query as they were sent. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
}

/** Decides what becomes of a request; undefined: it passes. */
export type HttpFaultPlan = (request: PlannedRequest) => HttpFault | undefined

/** A plan that is written down: the nth fault for the nth request that fits; all others pass. */
export const scriptedHttpFaults = (
  faults: readonly HttpFault[],
  fits: (request: PlannedRequest) => boolean = () => true,
): HttpFaultPlan => {
  requireHttpFaults(faults, 'scriptedHttpFaults')
  let next = 0
  return (request) => (fits(request) ? faults[next++] : undefined)
}

/** Options of {@link seededHttpFaults}. */
export interface SeededHttpFaultOptions {
  /** The same seed makes the same requests fail, by their number. */
  readonly seed: number
  /** Share of the requests that fail, from 0 to 1. */
  readonly rate: number
  readonly fault: HttpFault
}

/** A plan by chance that can be repeated. */
export const seededHttpFaults = ({ seed, rate, fault }: SeededHttpFaultOptions): HttpFaultPlan => {
  requireHttpFaults([fault], 'seededHttpFaults')
  // The odd multiplier keeps neighbouring numbers apart; the generator mixes them.
  return ({ number }) => (createSeededRandom(seed + Math.imul(number, 0x9e3779b1))() < rate ? fault : undefined)
}
