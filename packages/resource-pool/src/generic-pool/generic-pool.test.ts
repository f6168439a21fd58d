import { createFakeClock, type FakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createPool } from './create-generic-pool.ts'
import type { Factory, GenericPool, GenericPoolOptions } from './generic-pool.ts'

interface Connection {
  readonly id: number
  isGood: boolean
}

/** A factory that counts, and fails or waits as it is told. */
const createFactory = () => {
  const state = { created: 0, destroyed: [] as number[], failures: 0, isDestroyBroken: false }
  const factory: Required<Factory<Connection>> = {
    async create() {
      if (state.failures > 0) {
        state.failures -= 1
        throw new Error('planted-create failed')
      }
      state.created += 1
      return { id: state.created, isGood: true }
    },
    async destroy({ id }) {
      if (state.isDestroyBroken) throw new Error('cannot destroy')
      state.destroyed.push(id)
    },
    validate: async ({ isGood }) => isGood,
  }
  return { factory, state }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const open = (
  options: GenericPoolOptions = {},
): { pool: GenericPool<Connection>; clock: FakeClock } & ReturnType<typeof createFactory> => {
  const clock = createFakeClock()
  const made = createFactory()
  return { pool: createPool(made.factory, { ...options, pool: { clock, random: () => 0.5 } }), clock, ...made }
}

describe('what generic-pool documents', () => {
  it('lends a resource until it is released, and makes no more than max', async () => {
    const { pool, state } = open({ max: 2 })
    const [one, two] = [await pool.acquire(), await pool.acquire()]
    expect([pool.borrowed, pool.size, pool.spareResourceCapacity, pool.available]).toEqual([2, 2, 0, 0])
    const third = pool.acquire()
    await settle()
    expect(pool.pending).toBe(1)
    await pool.release(one)
    expect(await third).toBe(one)
    await pool.release(two)
    await settle()
    expect([pool.available, pool.pending, state.created]).toEqual([1, 0, 2])
  })

  it('makes min at once with autostart, and with start() or the first acquire without it', async () => {
    const started = open({ min: 2, max: 3 })
    await started.pool.ready()
    expect(started.pool.available).toBe(2)
    const waiting = open({ min: 2, max: 3, autostart: false })
    await settle()
    expect(waiting.state.created).toBe(0)
    waiting.pool.start()
    await waiting.pool.ready()
    expect(waiting.state.created).toBe(2)
  })

  it('takes a min above max for max, and has max 1 and min 0 by default', () => {
    const { pool } = open({ min: 5, max: 2 })
    expect([pool.min, pool.max]).toEqual([2, 2])
    expect([open().pool.min, open().pool.max]).toEqual([0, 1])
  })

  it('lends the one that was unused for longest, or with fifo: false the one that came back last', async () => {
    for (const [fifo, expected] of [
      [true, 1],
      [false, 2],
    ] as const) {
      const { pool } = open({ max: 2, fifo })
      const [one, two] = [await pool.acquire(), await pool.acquire()]
      await pool.release(one)
      await pool.release(two)
      await settle()
      expect((await pool.acquire()).id).toBe(expected)
    }
  })

  it('serves the highest priority first, and takes one out of range for the lowest', async () => {
    const { pool } = open({ max: 1, priorityRange: 3 })
    const borrowed = await pool.acquire()
    const order: string[] = []
    const wait = (name: string, priority?: number): Promise<void> =>
      pool.acquire(priority).then(async (resource) => {
        order.push(name)
        await pool.release(resource)
      })
    const all = [wait('none'), wait('two', 2), wait('out', 9), wait('one', 1), wait('zero', 0)]
    await settle()
    await pool.release(borrowed)
    await Promise.all(all)
    expect(order).toEqual(['zero', 'one', 'none', 'two', 'out'])
  })

  it('rejects a caller beyond maxWaitingClients', async () => {
    const { pool } = open({ max: 1, maxWaitingClients: 1 })
    await pool.acquire()
    void pool.acquire()
    await expect(pool.acquire()).rejects.toThrow('max waitingClients count exceeded')
  })

  it('rejects a caller after acquireTimeoutMillis, and gives the next resource to the next', async () => {
    const { pool, clock } = open({ max: 1, acquireTimeoutMillis: 100 })
    const borrowed = await pool.acquire()
    const late = expect(pool.acquire()).rejects.toMatchObject({ name: 'TimeoutError' })
    await settle()
    await clock.advanceAsync(50)
    const next = pool.acquire()
    await clock.advanceAsync(50)
    await late
    expect(pool.pending).toBe(1)
    await pool.release(borrowed)
    expect(await next).toBe(borrowed)
  })

  it('testOnBorrow ends what is not valid and lends another', async () => {
    const { pool, state } = open({ max: 1, testOnBorrow: true })
    const first = await pool.acquire()
    first.isGood = false
    await pool.release(first)
    expect((await pool.acquire()).id).toBe(2)
    expect(state.destroyed).toEqual([1])
  })

  it('testOnReturn ends what is not valid any more', async () => {
    const { pool, state } = open({ max: 1, testOnReturn: true })
    const first = await pool.acquire()
    first.isGood = false
    await pool.release(first)
    await settle()
    expect(state.destroyed).toEqual([1])
  })

  it('destroy ends a resource, and another is made when it is needed', async () => {
    const { pool, state } = open({ max: 1 })
    await pool.destroy(await pool.acquire())
    expect((await pool.acquire()).id).toBe(2)
    expect(state.destroyed).toEqual([1])
  })

  it('knows what is borrowed, and rejects what is not', async () => {
    const { pool } = open({ max: 1 })
    const resource = await pool.acquire()
    expect(pool.isBorrowedResource(resource)).toBe(true)
    await pool.release(resource)
    expect(pool.isBorrowedResource(resource)).toBe(false)
    for (const work of [pool.release(resource), pool.destroy(resource), pool.release({ id: 9, isGood: true })]) {
      await expect(work).rejects.toThrow('not currently part of this pool')
    }
  })

  it('use releases after work that resolves, and destroys after work that rejects', async () => {
    const { pool, state } = open({ max: 1 })
    expect(await pool.use(async ({ id }) => `did ${id}`)).toBe('did 1')
    expect(state.destroyed).toEqual([])
    await expect(pool.use(() => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed')
    await settle()
    expect(state.destroyed).toEqual([1])
  })

  it('tells of creates and destroys that fail, with what they failed with, and goes on', async () => {
    const { pool, clock, state } = open({ max: 1 })
    const errors: string[] = []
    pool.on('factoryCreateError', (error: Error) => errors.push(`create: ${error.message}`))
    pool.on('factoryDestroyError', (error: Error) => errors.push(`destroy: ${error.message}`))
    state.failures = 2
    const acquiring = pool.acquire()
    for (let step = 0; step < 20; step++) await clock.advanceAsync(10)
    const resource = await acquiring
    state.isDestroyBroken = true
    await pool.destroy(resource)
    await settle()
    expect(errors).toEqual([
      'create: planted-create failed',
      'create: planted-create failed',
      'destroy: cannot destroy',
    ])
  })

  it('does without listeners', async () => {
    const { pool, clock, state } = open({ max: 1 })
    state.failures = 1
    const acquiring = pool.acquire()
    for (let step = 0; step < 10; step++) await clock.advanceAsync(10)
    expect((await acquiring).id).toBe(1)
  })

  it('drain serves those that wait and refuses new ones; clear ends what is unused', async () => {
    const { pool, state } = open({ max: 1 })
    const first = await pool.acquire()
    const waiting = pool.acquire()
    await settle()
    const drained = pool.drain().then(() => pool.clear())
    await expect(pool.acquire()).rejects.toThrow('pool is draining and cannot accept work')
    await pool.release(first)
    await pool.release(await waiting)
    await drained
    expect(state.destroyed).toEqual([1])
    expect(pool.size).toBe(0)
  })

  it('clear without drain ends what is unused and leaves the rest', async () => {
    const { pool, state } = open({ max: 2 })
    const [one, two] = [await pool.acquire(), await pool.acquire()]
    await pool.release(one)
    await settle()
    await pool.clear()
    expect(state.destroyed).toEqual([1])
    expect(pool.borrowed).toBe(1)
    await pool.release(two)
    await pool.clear()
    await pool.clear()
    expect(state.destroyed).toEqual([1, 2])
  })

  it('ends unused resources only with evictionRunIntervalMillis, down to min', async () => {
    const never = open({ max: 2, idleTimeoutMillis: 100 })
    await never.pool.release(await never.pool.acquire())
    await never.clock.advanceAsync(10_000)
    expect(never.state.destroyed).toEqual([])
    const evicting = open({ min: 1, max: 2, evictionRunIntervalMillis: 10, softIdleTimeoutMillis: 100 })
    const [one, two] = [await evicting.pool.acquire(), await evicting.pool.acquire()]
    await evicting.pool.release(one)
    await evicting.pool.release(two)
    for (let step = 0; step < 50; step++) await evicting.clock.advanceAsync(1000)
    expect(evicting.state.destroyed).toHaveLength(1)
    expect(evicting.pool.size).toBe(1)
  })
})

describe('what generic-pool gets wrong', () => {
  it('a factory that rejects at once is not called in a tight loop', async () => {
    const { pool, clock, state } = open({ max: 1, acquireTimeoutMillis: 4000 })
    let calls = 0
    pool.on('factoryCreateError', () => {
      calls += 1
    })
    state.failures = 1_000_000
    const rejected = expect(pool.acquire()).rejects.toMatchObject({ name: 'TimeoutError' })
    for (let step = 0; step < 400; step++) await clock.advanceAsync(10)
    await rejected
    expect(calls).toBeLessThan(20)
  })

  it('a factory that throws at once leaks no place', async () => {
    const { clock } = open()
    let calls = 0
    const pool = createPool<number>(
      {
        create() {
          calls += 1
          if (calls < 3) throw new Error('at once')
          return Promise.resolve(calls)
        },
        destroy: async () => {},
      },
      { max: 1, pool: { clock } },
    )
    const acquiring = pool.acquire()
    for (let step = 0; step < 20; step++) await clock.advanceAsync(10)
    expect(await acquiring).toBe(3)
  })
})

it('names everything that is wrong', () => {
  const wrong = { max: 0, acquireTimeoutMillis: 0, testOnBorrow: true, priorityRange: 0 }
  const create = () => createPool({ create: 1, destroy: async () => {} } as never, wrong)
  expect(create).toThrow(
    /factory\.create[\s\S]*factory\.validate[\s\S]*max[\s\S]*acquireTimeoutMillis[\s\S]*priorityRange/,
  )
})
