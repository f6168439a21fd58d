import { expect, it } from 'vitest'
import { scriptedFailures, seededFailures } from './failure-plan.ts'

it('follows a script by operation and call number, the first line that fits', () => {
  const plan = scriptedFailures([
    { operation: 'store', call: 2, error: 'TIMEOUT' },
    { operation: 'store', call: [3, 4], error: 'CONFLICT' },
    { operation: 'list', error: 'CLOSED' },
    { call: 9, error: 'INTERNAL' },
  ])
  const codes = (operation: string): unknown[] =>
    Array.from({ length: 9 }, (_, index) => plan({ operation, call: index + 1 })?.error ?? '-')
  expect(codes('store').join(' ')).toBe('- TIMEOUT CONFLICT CONFLICT - - - - INTERNAL')
  expect(new Set(codes('list'))).toEqual(new Set(['CLOSED']))
  expect(codes('delete').join(' ')).toBe('- - - - - - - - INTERNAL')
})

const run = (seed: number, rate: number, calls = 2000, operation = 'store') => {
  const plan = seededFailures({ seed, rate, operations: ['store', 'delete'] })
  return Array.from({ length: calls }, (_, index) => plan({ operation, call: index + 1 }))
}

it('fails by chance at about the rate, half of it after the effect, the same for the same seed', () => {
  const failures = run(1, 0.1).filter((failure) => failure !== undefined)
  // 2000 calls at 0.1 give 200 failures with a standard deviation of 13: six of them to either side.
  expect(failures.length).toBeGreaterThan(120)
  expect(failures.length).toBeLessThan(280)
  const after = failures.filter(({ when }) => when === 'after').length / failures.length
  expect(after).toBeGreaterThan(0.3)
  expect(after).toBeLessThan(0.7)
  expect(run(1, 0.1)).toEqual(run(1, 0.1))
  expect(run(1, 0.1)).not.toEqual(run(2, 0.1))
  expect(run(1, 0.1)).not.toEqual(run(1, 0.1, 2000, 'delete'))
})

it('never fails at rate 0, always at rate 1, and only the operations it is told', () => {
  expect(run(1, 0).every((failure) => failure === undefined)).toBe(true)
  expect(run(1, 1).every((failure) => failure?.error === 'UNAVAILABLE')).toBe(true)
  expect(run(1, 1, 100, 'list').every((failure) => failure === undefined)).toBe(true)
})
