import { AsyncLocalStorage } from 'node:async_hooks'
import { expect, it } from 'vitest'
import type { Clock } from '../clock.ts'
import { parseScopeId } from '../scope-id.ts'
import { currentContext, runWithContext, withDeadline } from './context.ts'

const clock: Clock = { wallNow: () => 0, monotonicNow: () => 1000, setTimer: () => ({ cancel: () => {} }) }
const scope = parseScopeId('org:acme')

it('is there inside, across awaits, and gone outside', async () => {
  expect(currentContext()).toBeUndefined()
  const seen = await runWithContext({ tenant: 'acme', scope }, async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return currentContext()
  })
  expect(seen).toEqual({ tenant: 'acme', scope })
  expect(currentContext()).toBeUndefined()
})

it('leaves the stores of others as they are, inside and afterwards', async () => {
  const other = new AsyncLocalStorage<string>()
  await other.run('theirs', async () => {
    expect(await runWithContext({ tenant: 'acme' }, async () => other.getStore())).toBe('theirs')
    await runWithContext({ tenant: 'acme' }, async () => other.enterWith('changed inside'))
    expect([other.getStore(), currentContext()]).toEqual(['theirs', undefined])
  })
  expect(() =>
    runWithContext({ tenant: 'acme' }, () => {
      throw new Error('boom')
    }),
  ).toThrow('boom')
  expect(currentContext()).toBeUndefined()
})

it('adds to what is there already, for the inner work alone', () => {
  runWithContext({ tenant: 'acme', trace: { traceId: 't', spanId: 's' } }, () => {
    runWithContext({ scope }, () => {
      expect(currentContext()).toEqual({ tenant: 'acme', scope, trace: { traceId: 't', spanId: 's' } })
    })
    expect(currentContext()).toEqual({ tenant: 'acme', trace: { traceId: 't', spanId: 's' } })
  })
})

it('keeps two requests at once apart', async () => {
  const request = (tenant: string): Promise<unknown> =>
    runWithContext({ tenant }, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return currentContext()?.tenant
    })
  expect(await Promise.all([request('a'), request('b')])).toEqual(['a', 'b'])
})

it('only ever moves a deadline closer', () => {
  const deadline = (): number | undefined => currentContext()?.deadline
  withDeadline(
    100,
    () => {
      expect(deadline()).toBe(1100)
      withDeadline(500, () => expect(deadline()).toBe(1100), clock)
      withDeadline(50, () => expect(deadline()).toBe(1050), clock)
      runWithContext({ deadline: Number.POSITIVE_INFINITY }, () => expect(deadline()).toBe(1100))
      runWithContext({ tenant: 'acme' }, () => expect(deadline()).toBe(1100))
    },
    clock,
  )
  runWithContext({ tenant: 'acme' }, () => expect(currentContext()).not.toHaveProperty('deadline'))
})

it('refuses a deadline that is not a number, which would outlive every other', () => {
  expect(() => withDeadline(Number.NaN, () => 1)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})
