import type { PlannedCall } from '../faults/failure-plan.ts'
import { createSeededRandom, seedOf } from '../faults/seeded-random.ts'
import type { AdapterFault, AdapterMethod } from './adapter-fault.ts'

/** Decides for each call of an adapter what goes wrong with it. */
export type AdapterFaultPlan = (call: PlannedCall) => AdapterFault | undefined

/** One line of {@link scriptedAdapterFaults}. */
export interface ScriptedAdapterFault {
  readonly fault: AdapterFault
  /** Default: every method. */
  readonly operation?: AdapterMethod
  /** Which call of the method it is, beginning with 1, or which ones. Default: every one. */
  readonly call?: number | readonly number[]
}

/** A plan that is written down call by call; the first line that fits counts. */
export const scriptedAdapterFaults =
  (script: readonly ScriptedAdapterFault[]): AdapterFaultPlan =>
  ({ operation, call }) =>
    script.find(
      (line) =>
        (line.operation === undefined || line.operation === operation) &&
        (line.call === undefined || [line.call].flat().includes(call)),
    )?.fault

/** Options of {@link seededAdapterFaults}. */
export interface SeededAdapterFaultOptions {
  /** The same seed gives the same faults, whatever the order in which methods are called. */
  readonly seed: number
  /** Share of the calls that go wrong, from 0 to 1. */
  readonly rate: number
  /** What goes wrong, each as often. Default: one of every kind, those with a delay with 20 ms, `break` after 3 uses. */
  readonly faults?: readonly AdapterFault[]
  /** Methods that go wrong. Default: all. */
  readonly operations?: readonly AdapterMethod[]
}

const everyKind: readonly AdapterFault[] = [
  { kind: 'hang' },
  { kind: 'silent' },
  { kind: 'reject' },
  { kind: 'throw' },
  { kind: 'slow', delayMs: 20 },
  { kind: 'late', delayMs: 20 },
  { kind: 'break', afterUses: 3 },
]

/** A plan by chance that can be repeated. */
export const seededAdapterFaults =
  ({ seed, rate, faults = everyKind, operations }: SeededAdapterFaultOptions): AdapterFaultPlan =>
  ({ operation, call }) => {
    if (operations?.every((name) => name !== operation)) return undefined
    const random = createSeededRandom(seedOf(`${seed} ${operation} ${call}`))
    return random() < rate ? faults[Math.floor(random() * faults.length)] : undefined
  }
