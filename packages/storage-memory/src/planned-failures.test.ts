import { HoldfastError } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { createPlannedFailures } from './planned-failures.ts'

describe('planned failures', () => {
  it('are used up in the order they were planned, each as often as it was asked for', () => {
    const failures = createPlannedFailures()
    failures.plan('UNAVAILABLE', { times: 2 })
    failures.plan('TIMEOUT')
    const codes = [1, 2, 3, 4].map(() => failures.take('store')?.code)
    expect(codes).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'TIMEOUT', undefined])
  })

  it('wait for the operation they were planned for', () => {
    const failures = createPlannedFailures()
    failures.plan('UNAVAILABLE', { operation: 'delete' })
    expect(failures.take('store')).toBeUndefined()
    expect(failures.take('delete')?.operation).toBe('delete')
    expect(failures.take('delete')).toBeUndefined()
  })

  it('give a planned error as it is', () => {
    const failures = createPlannedFailures()
    const error = new HoldfastError({ code: 'RATE_LIMITED', source: 'x', operation: 'y', message: 'A.', hint: 'B.' })
    failures.plan(error, { times: Number.POSITIVE_INFINITY })
    for (let call = 0; call < 100; call++) expect(failures.take('list')).toBe(error)
    failures.clear()
    expect(failures.take('list')).toBeUndefined()
  })

  it.each([0, -1, 1.5, Number.NaN])('refuse %s times, and say everything that is wrong', (times) => {
    // Callers without types can pass anything.
    const plan = (): void => createPlannedFailures().plan('NOPE' as never, { times, operation: 'close' as never })
    expect(plan).toThrowError(/failure: .*times: .*operation: /s)
  })
})
