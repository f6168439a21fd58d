import fc from 'fast-check'
import { expect, it } from 'vitest'
import { matchesExact, matchesPrefix, maxScopeLength, parseScopeId, scopeProblem } from './scope-id.ts'

const segment = fc
  .tuple(fc.stringMatching(/^[a-z][a-z0-9_-]{0,5}$/), fc.stringMatching(/^[a-z0-9]{1,6}$/))
  .map((parts) => parts.join(':'))
const segments = fc.array(segment, { minLength: 1, maxLength: 5 })

it.each(['org:acme', 'org:acme/team:eng/service:api', 'org:Ärzte e.V.', 'a:b', `a:${'x'.repeat(510)}`])(
  'accepts %j as it is',
  (text) => {
    expect(parseScopeId(text)).toBe(text)
  },
)

it.each<[unknown, RegExp]>([
  [7, /not a string/],
  ['', /empty/],
  [`a:${'x'.repeat(511)}`, /513 characters and 512 are allowed/],
  ['/org:acme', /starts or ends with a slash/],
  ['org:acme/', /starts or ends with a slash/],
  ['org:acme//team:eng', /segment "" is not/],
  ['org', /segment "org" is not/],
  ['org:', /segment "org:" is not/],
  [':acme', /segment ":acme" is not/],
  ['1org:acme', /segment/],
  ['org:a:b', /segment/],
  ['org: acme', /segment/],
  ['org:acme /team:eng', /segment/],
  ['org:ac\u0000me', /segment/],
  ['org:ac\u200bme', /segment/],
  ['org:ac\u202eme', /segment/],
  ['org:A\u030arzte', /normalisation form C/],
  ['org:\ud800', /well-formed Unicode/],
])('refuses %j', (text, problem) => {
  expect(scopeProblem(text)).toMatch(problem)
  // Callers without types can pass anything.
  expect(() => parseScopeId(text as string)).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      reason: 'ID_INVALID',
      message: expect.stringMatching(problem),
    }),
  )
})

it('parses whatever is made of valid segments', () => {
  fc.assert(
    fc.property(segments, (parts) => {
      expect(parseScopeId(parts.join('/'))).toBe(parts.join('/'))
    }),
  )
})

it('never throws for text, and refuses exactly what it names a problem of', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const problem = scopeProblem(text)
      if (problem === undefined) {
        expect(text.length).toBeLessThanOrEqual(maxScopeLength)
        expect(text).toBe(text.normalize('NFC'))
        expect(parseScopeId(text)).toBe(text)
      } else expect(() => parseScopeId(text)).toThrow(problem)
    }),
  )
})

it('matches a prefix only on the border of a segment', () => {
  const acme = parseScopeId('org:acme')
  const team = parseScopeId('org:acme/team:eng')
  const almost = parseScopeId('org:ac')
  const longer = parseScopeId('org:acme/team:engine')
  expect(matchesPrefix(acme, acme)).toBe(true)
  expect(matchesPrefix(team, acme)).toBe(true)
  expect(matchesPrefix(acme, almost)).toBe(false)
  expect(matchesPrefix(longer, team)).toBe(false)
  expect(matchesPrefix(acme, team)).toBe(false)
  expect(matchesPrefix(parseScopeId('org:ACME'), acme)).toBe(false)
})

it('matches prefixes exactly as lists of segments do', () => {
  fc.assert(
    fc.property(segments, segments, fc.boolean(), (own, other, related) => {
      const scope = related ? [...other, ...own] : own
      const expected = other.every((part, index) => scope[index] === part)
      const [scopeId, otherId] = [parseScopeId(scope.join('/')), parseScopeId(other.join('/'))]
      expect(matchesPrefix(scopeId, otherId)).toBe(expected)
      expect(matchesExact(scopeId, otherId)).toBe(scope.join('/') === other.join('/'))
    }),
  )
})
