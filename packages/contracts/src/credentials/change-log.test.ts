import { expect, it } from 'vitest'
import { createChangeLog, keptChanges } from './change-log.ts'

it('gives several changes of one id as one, the latest, in its place', () => {
  const log = createChangeLog()
  log.append('a', '1')
  log.append('b', '2')
  log.append('a', undefined)
  expect(log.after(0, '')).toEqual({ sequence: 2, id: 'b', version: '2' })
  expect(log.after(2, '')).toEqual({ sequence: 3, id: 'a', version: undefined })
  expect(log.after(3, '')).toBeUndefined()
  expect(log.after(0, 'a')).toEqual({ sequence: 3, id: 'a', version: undefined })
})

it('keeps at least the last thousand changes and says when older ones are asked for', () => {
  const log = createChangeLog()
  for (let change = 1; change <= 2 * keptChanges; change++) log.append(`id-${change}`, `v${change}`)
  expect(log.last).toBe(2 * keptChanges)
  expect(log.after(keptChanges - 1, '')).toBe('lost')
  expect(log.after(keptChanges, '')).toMatchObject({ id: `id-${keptChanges + 1}` })
  expect(log.after(2 * keptChanges + 1, '')).toBe('lost')
})

it('tells every reader that something is lost when it forgets', () => {
  const log = createChangeLog()
  log.append('a', '1')
  let told = 0
  const unsubscribe = log.subscribe(() => {
    told += 1
  })
  log.forget()
  expect(told).toBe(1)
  expect(log.after(1, '')).toBe('lost')
  unsubscribe()
  log.append('b', '2')
  expect(told).toBe(1)
  expect(log.after(2, '')).toMatchObject({ id: 'b' })
})
