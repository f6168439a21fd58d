import { expect, it } from 'vitest'
import { scriptedAdapterFaults, seededAdapterFaults } from './adapter-fault-plan.ts'

it('follows a script, of which the first line that fits counts', () => {
  const plan = scriptedAdapterFaults([
    { operation: 'create', call: [1, 3], fault: { kind: 'reject' } },
    { operation: 'create', fault: { kind: 'hang' } },
    { call: 2, fault: { kind: 'throw' } },
  ])
  const kinds = (operation: string) => [1, 2, 3].map((call) => plan({ operation, call })?.kind)
  expect(kinds('create')).toEqual(['reject', 'hang', 'reject'])
  expect(kinds('destroy')).toEqual([undefined, 'throw', undefined])
})

it('makes the same faults of the same seed, as many as it is told, of every kind, and only of the methods named', () => {
  const plan = seededAdapterFaults({ seed: 17, rate: 0.3, operations: ['create', 'reset'] })
  const again = seededAdapterFaults({ seed: 17, rate: 0.3, operations: ['create', 'reset'] })
  const other = seededAdapterFaults({ seed: 18, rate: 0.3 })
  const calls = Array.from({ length: 2000 }, (_, index) => ({ operation: 'create', call: index + 1 }))
  const faults = calls.map(plan)
  expect(faults.filter((fault) => fault !== undefined).length / calls.length).toBeCloseTo(0.3, 1)
  expect(new Set(faults.map((fault) => fault?.kind)).size).toBe(8)
  expect(calls.toReversed().map(again).toReversed()).toEqual(faults)
  expect(calls.map(other)).not.toEqual(faults)
  expect(calls.map(({ call }) => plan({ operation: 'destroy', call })).every((fault) => fault === undefined)).toBe(true)
})
