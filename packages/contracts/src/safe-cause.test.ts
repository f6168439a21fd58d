import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toSafeCause } from './safe-cause.ts'
import { Secret } from './secret.ts'

const planted = 'planted-value-7f3a'

it('keeps name, code, status, request id and message, and nothing else', () => {
  const error = Object.assign(new Error('access denied'), {
    name: 'AccessDeniedException',
    code: 'AccessDenied',
    $metadata: { httpStatusCode: 403, requestId: 'req-1' },
    request: { headers: { authorization: planted } },
    config: { data: planted },
    response: planted,
    detail: `Key (email)=(${planted}) already exists.`,
  })
  expect(toSafeCause(error)).toEqual({
    name: 'AccessDeniedException',
    message: 'access denied',
    code: 'AccessDenied',
    status: 403,
    requestId: 'req-1',
  })
})

it('reads the places where clients put them', () => {
  expect(toSafeCause({ message: 'no', errno: -2, statusCode: 404, requestId: 'r' })).toEqual({
    name: 'Error',
    message: 'no',
    code: -2,
    status: 404,
    requestId: 'r',
  })
})

it('does not quote what JSON.parse could not read', () => {
  for (const text of [`{"SecretString":"${planted}" x`, `${planted}"`, `["${planted.slice(0, 8)}]`]) {
    const cause = catching(() => JSON.parse(text))
    expect(String(cause)).toMatch(/JSON/)
    expect(toSafeCause(cause).name).toBe('SyntaxError')
    expect(toSafeCause(cause).message).not.toMatch(/plan|7f3a/)
  }
})

it('redacts messages of the whole chain', () => {
  const error = new Error(`password=${planted}`, { cause: new Error(`https://u:${planted}@host`, { cause: planted }) })
  const inner = toSafeCause(error)
  expect(inner.cause?.message).toBe('https://[redacted]@host')
  expect(inner.message).toBe('password=[redacted]')
})

it('does not take a token for a name, a code or a request id', () => {
  const token = `sk_live_${planted}`
  const copied = toSafeCause({ name: token, code: token, requestId: token, message: new Secret(planted) })
  expect(copied).toEqual({ name: 'Error', message: '', requestId: '[redacted]' })
})

it('ends a chain that leads back to its beginning', () => {
  const error: Error = new Error('round')
  error.cause = new Error('and', { cause: error })
  expect(inspect(toSafeCause(error), { depth: 20 }).match(/round|and/g)).toHaveLength(6)
})

it('keeps the first three errors of an AggregateError, and no other list called errors', () => {
  const refused = (port: number): Error => Object.assign(new Error(`refused ${port}`), { code: 'ECONNREFUSED' })
  const error = new AggregateError([1, 2, 3, 4].map(refused), '')
  expect(toSafeCause(error).errors?.map(({ message }) => message)).toEqual(['refused 1', 'refused 2', 'refused 3'])
  expect(toSafeCause({ message: 'rows', errors: [{ message: planted }] })).toEqual({ name: 'Error', message: 'rows' })
})

it.each<[string, unknown, object]>([
  ['text', 'boom', { name: 'string', message: 'boom' }],
  ['undefined', undefined, { name: 'undefined', message: 'undefined' }],
  ['a symbol', Symbol('boom'), { name: 'symbol', message: 'Symbol(boom)' }],
  ['a function', () => planted, { name: 'function', message: '' }],
  ['an object without prototype', Object.create(null), { name: 'Error', message: '' }],
  [
    'getters that throw',
    {
      get message(): string {
        throw new Error('no')
      },
      get cause(): string {
        throw new Error('no')
      },
    },
    { name: 'Error', message: '' },
  ],
  ['an object that cannot be made text', { message: Object.create(null) }, { name: 'Error', message: '' }],
  [
    'a Proxy that refuses everything',
    new AggregateError([
      new Proxy(
        {},
        {
          getPrototypeOf() {
            throw new Error('no')
          },
        },
      ),
    ]),
    { name: 'Error', message: '' },
  ],
])('copes with %s', (_name, thrown, expected) => {
  expect(toSafeCause(thrown)).toEqual(expected)
})

it('never throws, and answers with plain data', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }), (thrown) => {
      expect(() => JSON.stringify(toSafeCause(thrown))).not.toThrow()
    }),
  )
})

const catching = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}
