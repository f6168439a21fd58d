import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HoldfastError } from './holdfast-error.ts'
import { createProblems, describeValue, parseOptions } from './problems.ts'
import { Secret } from './secret.ts'

const thrownBy = (work: () => unknown): HoldfastError => {
  try {
    work()
  } catch (error) {
    if (HoldfastError.is(error)) return error
  }
  throw new Error('nothing of ours was thrown')
}

it('throws nothing when there is no problem', () => {
  const problems = createProblems('cache', 'createCache')
  problems.require(true, 'capacity', 1, 'anything')
  expect(problems.list).toEqual([])
  problems.throwIfAny()
})

it('says every problem at once: path, what was given, what is allowed', () => {
  const problems = createProblems('cache', 'createCache')
  problems.require(false, 'capacity', Number.NaN, 'a whole number')
  problems.add({ path: 'cache.ttlMs', given: '-1', allowed: '0 or more' })
  const error = thrownBy(() => problems.throwIfAny())
  expect(error).toMatchObject({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source: 'cache',
    operation: 'createCache',
    details: {
      problems: [
        { path: 'capacity', given: 'NaN', allowed: 'a whole number' },
        { path: 'cache.ttlMs', given: '-1', allowed: '0 or more' },
      ],
    },
  })
  expect(error.message).toBe(
    'createCache was given 2 invalid options: capacity: given NaN, allowed: a whole number; cache.ttlMs: given -1, allowed: 0 or more. Correct them and call again.',
  )
})

it('says a single problem in the singular', () => {
  const problems = createProblems('cache', 'createCache')
  problems.require(false, 'capacity', undefined, 'a number')
  expect(thrownBy(() => problems.throwIfAny()).message).toBe(
    'createCache was given an invalid option: capacity: given nothing, allowed: a number. Correct it and call again.',
  )
})

it('never shows text that was given under the name of a credential', () => {
  const problems = createProblems('config', 'openStorage')
  problems.require(false, 'keyring.passphrase', 'planted', 'at least 8 characters')
  problems.require(false, 'auth.token', new Secret('planted'), 'a token')
  const error = thrownBy(() => problems.throwIfAny())
  expect(inspect(error, { depth: 10 })).not.toContain('planted')
  expect(error.message).toContain('keyring.passphrase: given [redacted]')
})

it.each<[unknown, string]>([
  [undefined, 'nothing'],
  [null, 'null'],
  [new Secret('planted'), '[redacted]'],
  [7, '7'],
  [7n, '7'],
  [true, 'true'],
  ['text', '"text"'],
  ['postgres://u:planted@host', '"postgres://[redacted]@host"'],
  ['x'.repeat(100), `"${'x'.repeat(80)}…"`],
  [() => 'planted', 'a function'],
  [Symbol('planted'), 'a symbol'],
  [['planted'], 'an array of 1'],
  [{ a: 'planted' }, 'an object'],
])('describes %s', (value, description) => {
  expect(describeValue(value)).toBe(description)
})

it('describes anything in few words', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(describeValue(value).length).toBeLessThan(600)
    }),
  )
})

it('turns the issues of a schema into problems, and gives what it parsed', () => {
  const failing = (issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]) => ({
    safeParse: () => ({ success: false as const, error: { issues } }),
  })
  const schema = failing([
    { path: ['retry', 'attempts'], message: 'expected number' },
    { path: ['password'], message: 'too short' },
    { path: ['missing', 0, Symbol('deep')], message: 'expected string' },
    { path: [], message: 'unrecognised key "x"' },
  ])
  const input = { retry: { attempts: 'many' }, password: 'planted' }
  const error = thrownBy(() => parseOptions(schema, input, 'storage-test', 'createTestStorage'))
  expect(error.details.problems).toEqual([
    { path: 'retry.attempts', given: '"many"', allowed: 'expected number' },
    { path: 'password', given: '[redacted]', allowed: 'too short' },
    { path: 'missing.0.Symbol(deep)', given: 'nothing', allowed: 'expected string' },
    { path: 'options', given: 'an object', allowed: 'unrecognised key "x"' },
  ])
  expect(parseOptions({ safeParse: () => ({ success: true as const, data: 7 }) }, {}, 'a', 'b')).toBe(7)
})
