import { expect, it } from 'vitest'
import { createTestManager, settle } from '../../test/test-manager.ts'

it('is the same pool before, between and after starts', async () => {
  const { clock, manager, add } = createTestManager()
  const db = add('db', { pool: { maxSize: 2 } })
  const { key } = db
  const api = add('api', { requires: [key] })
  const pool = manager.pool(key)
  expect(manager.pool(key)).toBe(pool)
  const acquired: string[] = []
  pool.on('lease.acquired', ({ id }) => acquired.push(id))
  await expect(pool.acquire()).rejects.toMatchObject({ reason: 'NOT_READY' })
  await expect(pool.use(() => 1)).rejects.toMatchObject({ reason: 'NOT_READY' })
  for (const call of [() => pool.tryAcquire(), () => pool.statistics(), () => pool.resize({ maxSize: 1 })]) {
    expect(call).toThrow(expect.objectContaining({ reason: 'NOT_READY' }))
  }
  expect([pool.epoch, pool.instances()]).toEqual([1, []])
  expect(await pool.health()).toMatchObject({ status: 'down', reason: 'It is created.' })

  await settle(clock, pool.start())
  expect(manager.explain(key).state).toBe('ready')
  expect(await pool.health()).toMatchObject({ status: 'up' })
  acquired.length = 0
  const lease = pool.tryAcquire()
  expect(lease?.resource.isAlive).toBe(true)
  lease?.release()
  expect(pool.statistics()).toMatchObject({ size: 1, maxSize: 2 })
  pool.resize({ maxSize: 1 })
  expect(pool.statistics().maxSize).toBe(1)
  expect(pool.advanceEpoch()).toBe(2)
  expect(pool.retain(() => true)).toBe(0)
  expect(acquired).toEqual(['db#1'])

  await settle(clock, manager.start())
  await settle(clock, pool.drain())
  expect([manager.explain(key).state, manager.explain(api.key).state]).toEqual(['stopped', 'stopped'])
  await settle(clock, manager.start())
  acquired.length = 0
  expect(await pool.use(({ isAlive }) => isAlive)).toBe(true)
  expect(acquired).toHaveLength(1)
  await settle(clock, pool.close())
  expect(manager.explain(key).state).toBe('stopped')
  await settle(clock, pool[Symbol.asyncDispose]())
  await settle(clock, manager[Symbol.asyncDispose]())
})

it('takes leases of an earlier epoch away after maxDrainMs, as its pool does', async () => {
  const { clock, manager, add } = createTestManager()
  const { key } = add('db')
  await settle(clock, manager.start())
  const pool = manager.pool(key)
  const lease = await pool.acquire()
  expect(() => pool.advanceEpoch({ maxDrainMs: -1 })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  pool.advanceEpoch({ maxDrainMs: 1000 })
  await clock.advanceAsync(999)
  expect(lease.resource.isAlive).toBe(true)
  await clock.advanceAsync(1)
  expect(() => lease.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
  await settle(clock, manager.close())
})

it('ends its streams when the manager is closed', async () => {
  const { clock, manager, add } = createTestManager()
  const { key } = add('db')
  const events = manager.pool(key).events('lease.released')
  await settle(clock, manager.start())
  await settle(clock, manager.close())
  const seen: unknown[] = []
  for await (const event of events) seen.push(event)
  expect(seen).toHaveLength(1)
})

it('tells when it is exhausted, as the pool behind it does', async () => {
  const { clock, manager, add } = createTestManager()
  const { key } = add('db', { pool: { maxSize: 1, maxWaiting: 1 } })
  await settle(clock, manager.start())
  const lease = await manager.acquire(key)
  const waiting = manager.acquire(key, { timeoutMs: 100 })
  await expect(manager.acquire(key)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'POOL_EXHAUSTED' })
  expect(await settle(clock, waiting)).toMatchObject({
    code: 'TIMEOUT',
    reason: 'ACQUIRE_TIMEOUT',
    details: { inUse: 1, waiting: 0 },
  })
  expect(manager.explain(key).statistics).toMatchObject({ leased: 1, timeouts: 1, exhaustions: 1 })
  lease.release()
})
