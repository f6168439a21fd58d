import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createFakeAdapter, hangs } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'

const ways = {
  hangs,
  rejects: () => Promise.reject(new Error('no')),
  'throws at once': (): Promise<never> => {
    throw new Error('no')
  },
} as const

const timeouts = { createTimeoutMs: 100, validateTimeoutMs: 100, resetTimeoutMs: 100, destroyTimeoutMs: 100 }

/** A pool whose adapter does everything that is asked of it, until `spoil` is called. */
const setup = (method: 'create' | 'validate' | 'reset' | 'destroy', way: keyof typeof ways) => {
  const clock = createFakeClock()
  const fake = createFakeAdapter({ clock, onValidate: () => true, onReset: () => {} })
  let isSpoilt = false
  const spoiling =
    <A extends readonly unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      isSpoilt && name === method ? ways[way]() : call(...args)
  const { create, destroy, validate, reset } = fake
  if (validate === undefined || reset === undefined) throw new Error('The fake adapter has both.')
  const adapter = {
    ...fake,
    create: spoiling('create', create),
    validate: spoiling('validate', validate),
    reset: spoiling('reset', reset),
    destroy: spoiling('destroy', destroy),
  }
  const pool = createPool(adapter, { clock, maxSize: 2, ...timeouts })
  const spoil = (): void => {
    isSpoilt = true
  }
  return { clock, fake, pool, spoil }
}

describe.each(['create', 'validate', 'reset', 'destroy'] as const)('an adapter whose %s', (method) => {
  it.each(Object.keys(ways) as (keyof typeof ways)[])(
    '%s leaves no caller without an answer, no place lost, and no end to close',
    async (way) => {
      const { clock, fake, pool, spoil } = setup(method, way)
      const first = pool.acquire()
      await clock.advanceAsync(0)
      spoil()
      ;(await first).release()
      await clock.advanceAsync(1000)
      // More callers than resources, again and again, each of which destroys what it gets every other time.
      let settled = 0
      for (let count = 0; count < 12; count++) {
        pool.acquire({ timeoutMs: 500 }).then(
          (lease) => {
            settled += 1
            if (count % 2 === 0) lease.destroy()
            else lease.release()
          },
          () => {
            settled += 1
          },
        )
      }
      await clock.advanceAsync(500)
      expect(settled).toBe(12)
      const { size, leased, creating } = pool.statistics()
      expect(leased).toBe(0)
      expect(size + creating).toBeLessThanOrEqual(2)
      const closed = pool.close({ deadlineMs: 100 })
      await clock.advanceAsync(200)
      await closed
      expect(pool.statistics()).toMatchObject({ size: 0, creating: 0, validating: 0, resetting: 0, destroying: 0 })
      if (method !== 'destroy') {
        expect(fake.created.map(({ destroys }) => destroys)).toEqual(fake.created.map(() => 1))
      }
      await clock.advanceAsync(1)
      expect(clock.pendingTimers).toBe(0)
    },
  )
})

it('a credential source that hangs takes a create its time and no more', async () => {
  const clock = createFakeClock()
  const signals: AbortSignal[] = []
  const password = {
    retrieve: ({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<never> => {
      if (signal !== undefined) signals.push(signal)
      return hangs()
    },
  }
  const pool = createPool(createFakeAdapter(), { clock, credentials: { password }, ...timeouts })
  const failed = expect(pool.acquire({ timeoutMs: 300 })).rejects.toMatchObject({
    reason: 'ACQUIRE_TIMEOUT',
    cause: { reason: 'CREATE_TIMEOUT' },
  })
  await clock.advanceAsync(300)
  await failed
  expect(signals.length).toBeGreaterThan(1)
  expect(signals[0]?.aborted).toBe(true)
  const closed = pool.close({ deadlineMs: 50 })
  await clock.advanceAsync(50)
  await closed
  expect(pool.statistics()).toMatchObject({ creating: 0, size: 0 })
})
