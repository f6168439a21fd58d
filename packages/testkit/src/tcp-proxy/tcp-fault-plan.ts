import { createSeededRandom } from '../faults/seeded-random.ts'
import { requireTcpFaults } from './require-tcp-faults.ts'
import type { TcpFault } from './tcp-fault.ts'

/** A moment at which a {@link TcpFaultPlan} is asked. */
export interface TcpMoment {
  /** Which connection it is since the plan was set, beginning with 1; those that were open already have 0 and less. */
  readonly connection: number
  /**
   * 0: it has just been accepted. n: the client speaks for the nth time, having heard something since the last, and what it
   * says has not been passed on. With one request at a time on a connection, that is the nth request.
   */
  readonly exchange: number
}

/** Decides what becomes of a connection. Undefined leaves it as it is, which for a new one is `pass`. */
export type TcpFaultPlan = (moment: TcpMoment) => TcpFault | undefined

/** A plan that is written down: the nth fault for the nth connection; those that come later are left alone. */
export const scriptedTcpFaults = (faults: readonly TcpFault[]): TcpFaultPlan => {
  requireTcpFaults(faults, 'scriptedTcpFaults')
  return ({ connection, exchange }) => (exchange === 0 ? faults[connection - 1] : undefined)
}

/** Options of {@link seededTcpFaults}. */
export interface SeededTcpFaultOptions {
  /** The same seed makes the same connections fail, and the same exchanges of each, whatever comes between. */
  readonly seed: number
  /** Share that fails, from 0 to 1. */
  readonly rate: number
  /** Default: reset. */
  readonly fault?: TcpFault
  /** What fails with this chance: a connection when it is accepted, or each exchange on it. Default `connection`. */
  readonly per?: 'connection' | 'exchange'
}

/** A plan by chance that can be repeated. */
export const seededTcpFaults = (options: SeededTcpFaultOptions): TcpFaultPlan => {
  const { seed, rate, fault = { kind: 'reset' }, per = 'connection' } = options
  requireTcpFaults([fault], 'seededTcpFaults')
  return ({ connection, exchange }) => {
    if ((exchange === 0) !== (per === 'connection')) return undefined
    // Odd multipliers keep neighbouring connections and exchanges apart; the generator mixes them.
    const random = createSeededRandom(seed + Math.imul(connection, 0x9e3779b1) + Math.imul(exchange, 0x85ebca6b))
    return random() < rate ? fault : undefined
  }
}
