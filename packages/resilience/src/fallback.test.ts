import { type ErrorCode, HoldfastError } from '@holdfast/contracts'
import { expect, it } from 'vitest'
import { fallback } from './fallback.ts'

const failure = (code: ErrorCode): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'ask', message: 'No.', hint: 'None.' })
const options = { name: 'last known', use: async () => 'old' }

it('answers with the alternative, and says so in the result, an event and the log', async () => {
  const told: unknown[] = []
  const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => void told.push(fields) }
  const policy = fallback({ ...options, logger })
  policy.on('fallback.used', (event) => told.push(event))
  const error = failure('UNAVAILABLE')
  const result = await policy.execute(() => Promise.reject(error), { operation: 'ask' })
  expect(result).toEqual({ value: 'old', fallback: 'last known', error })
  expect(told).toEqual([
    { fallback: 'last known', operation: 'ask', code: 'UNAVAILABLE' },
    { name: 'last known', operation: 'ask', code: 'UNAVAILABLE' },
  ])
})

it('stays away where nothing failed, and from errors it is not meant for', async () => {
  const policy = fallback(options)
  expect(await policy.execute(async () => 'new')).toEqual({ value: 'new', fallback: undefined })
  await expect(policy.execute(() => Promise.reject(failure('NOT_FOUND')))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const own = fallback({ ...options, when: (error) => HoldfastError.is(error, 'NOT_FOUND') })
  expect(await own.execute(() => Promise.reject(failure('NOT_FOUND')))).toMatchObject({ fallback: 'last known' })
})

it('is no answer to an abort, and no listener or logger breaks it', async () => {
  const boom = (): never => {
    throw new Error('boom')
  }
  const policy = fallback({ ...options, logger: { debug() {}, info() {}, error() {}, warn: boom } })
  policy.on('fallback.used', boom)
  expect(await policy.execute(() => Promise.reject(failure('TIMEOUT')))).toMatchObject({ value: 'old' })
  const controller = new AbortController()
  const work = Promise.withResolvers<string>()
  const abandoned: unknown[] = []
  const call = policy.execute(() => work.promise, {
    signal: controller.signal,
    onAbandoned: (value) => abandoned.push(value),
  })
  controller.abort()
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
  work.resolve('late')
  await new Promise(setImmediate)
  expect(abandoned).toEqual(['late'])
})

it('refuses options with every problem at once', () => {
  expect(() => fallback({ name: '', use: undefined } as never)).toThrow(/name.*use/)
})
