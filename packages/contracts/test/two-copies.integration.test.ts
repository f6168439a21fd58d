import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as context from '../src/context/index.ts'
import * as contracts from '../src/index.ts'

// What an application has whose dependency tree holds this package twice: the same source, loaded from two places.
let folder: string
let other: typeof contracts
let otherContext: typeof context

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-two-copies-'))
  await cp(join(import.meta.dirname, '../src'), join(folder, 'src'), { recursive: true })
  const load = (path: string): Promise<unknown> => import(/* @vite-ignore */ pathToFileURL(join(folder, path)).href)
  // The copy is the same source as the module whose type it is given.
  other = (await load('src/index.ts')) as typeof contracts
  otherContext = (await load('src/context/index.ts')) as typeof context
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const options = { code: 'NOT_FOUND', source: 'test', operation: 'test', message: 'None.', hint: 'None.' } as const

it('really loads the package twice', () => {
  expect(other.HoldfastError).not.toBe(contracts.HoldfastError)
  expect(other.Secret).not.toBe(contracts.Secret)
  expect(otherContext.runWithContext).not.toBe(context.runWithContext)
})

it('recognises an error of the other copy, which instanceof does not', () => {
  const error = new other.HoldfastError(options)
  expect(error instanceof contracts.HoldfastError).toBe(false)
  expect(contracts.HoldfastError.is(error)).toBe(true)
  expect(contracts.HoldfastError.is(error, 'NOT_FOUND')).toBe(true)
  expect(contracts.HoldfastError.is(error, 'CONFLICT')).toBe(false)
  expect(new contracts.HoldfastError({ ...options, cause: error }).cause).toBe(error)
  expect(new contracts.HoldfastError({ ...options, cause: error }).toJSON().cause).toMatchObject({ code: 'NOT_FOUND' })
})

it('passes an error of the other copy through batches and cancellations', async () => {
  const error = new other.HoldfastError(options)
  const site = { source: 'test', operation: 'test' }
  const batch = await contracts.runBatch(
    ['a'],
    (id) => id,
    () => Promise.reject(error),
    { ...site, concurrency: 1 },
  )
  expect(batch.items[0]).toEqual({ id: 'a', ok: false, error })
  expect(contracts.cancellationError(AbortSignal.abort(error), site)).toBe(error)
})

it('recognises and compares a Secret of the other copy', () => {
  const secret = new other.Secret('value')
  expect(secret instanceof contracts.Secret).toBe(false)
  expect(contracts.Secret.is(secret)).toBe(true)
  expect(new contracts.Secret('value').equals(secret)).toBe(true)
  expect(new contracts.Secret('other').equals(secret)).toBe(false)
  expect(contracts.describeValue(secret)).toBe('[redacted]')
})

it('shares one context between both copies', async () => {
  const seen = await context.runWithContext({ tenant: 'acme', deadline: 100 }, async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return [otherContext.currentContext(), otherContext.runWithContext({ deadline: 500 }, context.currentContext)]
  })
  expect(seen).toEqual([
    { tenant: 'acme', deadline: 100 },
    { tenant: 'acme', deadline: 100 },
  ])
  expect(otherContext.runWithContext({ deadline: 50 }, context.currentContext)).toEqual({ deadline: 50 })
})
