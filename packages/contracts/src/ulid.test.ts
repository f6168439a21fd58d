import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createUlidGenerator, isUlid } from './ulid.ts'

it('begins with the time, so that it sorts by it', () => {
  // The example of the specification of ULID: 1469918176385 is 01ARYZ6S41.
  expect(createUlidGenerator(() => 1469918176385)().slice(0, 10)).toBe('01ARYZ6S41')
})

it('makes well-formed ULIDs that grow, however the clock jumps and whatever they come after', () => {
  const step = fc.record({
    wallMs: fc.oneof(fc.integer({ min: -10, max: 2 ** 48 }), fc.constant(Number.NaN), fc.constant(1e12)),
    after: fc.option(
      fc.oneof(fc.string(), fc.constantFrom('01ARZ3NDEKTSV4RRFFQ69G5FAV', '7ZZZZZZZZA0000000000000000')),
    ),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      let now = 0
      const next = createUlidGenerator(() => now)
      let last = ''
      for (const { wallMs, after } of steps) {
        now = wallMs
        const ulid = next(after === null ? {} : { after })
        expect(isUlid(ulid)).toBe(true)
        expect(ulid > last).toBe(true)
        if (after !== null && isUlid(after)) expect(ulid > after).toBe(true)
        last = ulid
      }
    }),
  )
})

it('is different in two processes whose clocks are both behind', () => {
  const after = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
  const made = Array.from({ length: 1000 }, () => createUlidGenerator(() => 0)({ after }))
  expect(new Set(made).size).toBe(1000)
  expect(made.every((ulid) => ulid > after)).toBe(true)
})

it('ignores an `after` that is not a ULID', () => {
  const ulid = createUlidGenerator(() => 1469918176385)({ after: 'zzzz' })
  expect(ulid.startsWith('01ARYZ6S41')).toBe(true)
})

it('says so when there is none left', () => {
  const next = createUlidGenerator(() => 0)
  expect(() => next({ after: '7ZZZZZZZZZZZZZZZZZZZZZZZZZ' })).toThrow(expect.objectContaining({ code: 'INTERNAL' }))
  expect(isUlid(next())).toBe(true)
})

it('knows a ULID', () => {
  for (const text of ['', '01ARZ3NDEKTSV4RRFFQ69G5FA', '81ARZ3NDEKTSV4RRFFQ69G5FAV', '01arz3ndektsv4rrffq69g5fav']) {
    expect(isUlid(text)).toBe(false)
  }
})
