import type { HealthStatus } from '@holdfast/contracts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HealthVerdict } from './health-verdict.ts'

const severity = { up: 0, degraded: 1, down: 2 } as const
const statuses = ['up', 'degraded', 'down'] as const

const run = (answers: readonly HealthStatus[], downAfter: number, upAfter: number): (HealthStatus | undefined)[] => {
  const verdict = new HealthVerdict()
  return answers.map((answer) => {
    const before = verdict.status
    expect(verdict.take(answer, { downAfter, upAfter })).toBe(verdict.status !== before)
    return verdict.status
  })
}

it.each<[string, number, number, string, string]>([
  ['one bad answer is enough with downAfter 1', 1, 1, 'u d u', 'u d u'],
  ['as many as asked for must agree', 3, 2, 'u d d u d d d u u', 'u u u u u u d d u'],
  ['one that flaps stays away', 1, 2, 'u d u d u d u u', 'u d d d d d d u'],
  ['it becomes as bad as the mildest', 3, 1, 'u d g d d d', 'u u u g g d'],
  ['and as good as the worst', 1, 3, 'd u g u u u', 'd d d g g u'],
  ['nothing is said before as many as asked for', 2, 2, 'd d', '- d'],
  ['the first good answer is believed', 2, 2, 'u', 'u'],
])('%s', (_what, downAfter, upAfter, given, expected) => {
  const names = new Map<string, HealthStatus>([
    ['u', 'up'],
    ['g', 'degraded'],
    ['d', 'down'],
  ])
  const statusesOf = (letters: string) => letters.split(' ').map((letter) => names.get(letter))
  const answers = statusesOf(given).filter((status) => status !== undefined)
  expect(run(answers, downAfter, upAfter)).toEqual(statusesOf(expected))
})

it('agrees with the rule as one would explain it to a person, for whatever answers come', () => {
  const answers = fc.array(fc.constantFrom<HealthStatus>(...statuses), { maxLength: 60 })
  const count = fc.integer({ min: 1, max: 5 })
  const seen = new Set<string>()
  fc.assert(
    fc.property(answers, count, count, (given, downAfter, upAfter) => {
      let status: HealthStatus | undefined
      const expected = given.map((answer, index) => {
        const last = (size: number): number[] =>
          index + 1 < size ? [] : given.slice(index + 1 - size, index + 1).map((each) => severity[each])
        const now = severity[status ?? 'up']
        const [worse, better] = [last(downAfter), last(upAfter)]
        const before = status
        if (worse.length > 0 && worse.every((each) => each > now)) status = statuses[Math.min(...worse)]
        else if (better.length > 0 && better.every((each) => each < now)) status = statuses[Math.max(...better)]
        else if (status === undefined && answer === 'up') status = 'up'
        seen.add(`${before} → ${status}`)
        return status
      })
      expect(run(given, downAfter, upAfter)).toEqual(expected)
    }),
    { numRuns: 2000 },
  )
  // Every change there is has been tried.
  for (const from of statuses) for (const to of statuses) expect(seen).toContain(`${from} → ${to}`)
})

it('forgets everything when it is reset', () => {
  const verdict = new HealthVerdict()
  const rules = { downAfter: 2, upAfter: 2 }
  verdict.take('down', rules)
  verdict.reset()
  verdict.take('down', rules)
  expect(verdict.status).toBeUndefined()
})
