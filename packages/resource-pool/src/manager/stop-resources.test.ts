import { describe, expect, it } from 'vitest'
import { hangs } from '../../test/fake-adapter.ts'
import { createTestManager, settle } from '../../test/test-manager.ts'

describe('a stop', () => {
  it('lets those that are required serve until those that require them are gone', async () => {
    const { clock, manager, add } = createTestManager()
    const db = add('db')
    const api = add('api', { requires: [db.key] })
    await settle(clock, manager.start())
    const lease = await manager.acquire(api.key)
    const stopped = manager.stop()
    await clock.advanceAsync(1000)
    await expect(manager.acquire(api.key)).rejects.toMatchObject({ reason: 'NOT_READY' })
    expect(await manager.use(db.key, ({ isAlive }) => isAlive)).toBe(true)
    lease.release()
    expect(await settle(clock, stopped)).toBeUndefined()
    await expect(manager.acquire(db.key)).rejects.toMatchObject({
      reason: 'NOT_READY',
      details: { state: 'stopped', causes: [{ reason: 'stop was called' }] },
    })
  })

  it('serves those that wait already', async () => {
    const { clock, manager, add } = createTestManager()
    const { key } = add('db', { pool: { maxSize: 1 } })
    await settle(clock, manager.start())
    const lease = await manager.acquire(key)
    const waiting = manager.use(key, ({ isAlive }) => isAlive)
    const stopped = manager.stop()
    await clock.advanceAsync(100)
    lease.release()
    expect(await waiting).toBe(true)
    expect(await settle(clock, stopped)).toBeUndefined()
  })

  it('takes away at its deadline what is still out, and tells which leases those were', async () => {
    const { clock, manager, told, add } = createTestManager()
    const db = add('db')
    const api = add('api', { requires: [db.key] })
    const forced: unknown[] = []
    manager.on('leases.forced', (event) => forced.push(event))
    await settle(clock, manager.start())
    const lease = await manager.acquire(api.key, { tenant: 'acme' })
    const stopped = manager.stop({ deadlineMs: 1000 })
    await clock.advanceAsync(950)
    expect(lease.resource.isAlive).toBe(true)
    const error = await settle(clock, stopped)
    expect(error).toMatchObject({
      code: 'TIMEOUT',
      operation: 'stop',
      message: expect.stringContaining('1 leases of api were taken away'),
      details: { forced: { api: [{ id: 'api#1', tenant: 'acme' }] }, problems: [] },
    })
    expect(forced).toMatchObject([{ resource: 'api', leases: [{ id: 'api#1' }] }])
    expect(() => lease.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(told.slice(-4)).toEqual(['api draining', 'api stopped', 'db draining', 'db stopped'])
    expect(manager.state).toBe('stopped')
  })

  for (const hook of ['beforeStop', 'afterStop'] as const) {
    it(`goes on when ${hook} hangs, and says so`, async () => {
      const { clock, manager, told, add } = createTestManager()
      const db = add('db')
      add('api', { requires: [db.key], hooks: { [hook]: hangs } })
      await settle(clock, manager.start())
      const error = await settle(clock, manager.stop({ deadlineMs: 1000 }), 3100)
      expect(error).toMatchObject({ code: 'TIMEOUT', details: { problems: [{ name: 'api' }] } })
      expect(String(error)).toContain(`api: ${hook}`)
      expect(told.slice(-4)).toEqual(['api draining', 'api stopped', 'db draining', 'db stopped'])
      expect(db.adapter.destroyed).toHaveLength(1)
      await clock.advanceAsync(1)
      expect(clock.pendingTimers).toBe(0)
    })

    it(`goes on when ${hook} rejects, and says so`, async () => {
      const { clock, manager, add } = createTestManager()
      const { adapter } = add('api', {
        hooks: {
          [hook]: () => {
            throw new Error('planted-secret')
          },
        },
      })
      await settle(clock, manager.start())
      const error = await settle(clock, manager.stop())
      expect(error).toMatchObject({
        details: { problems: [{ problem: `${hook}: ${hook} of the resource api failed.` }] },
      })
      expect(JSON.stringify(error)).not.toContain('planted-secret')
      expect(adapter.destroyed).toHaveLength(1)
    })
  }

  it('waits for destroys that hang no longer than its grace, however many follow one another', async () => {
    const { clock, manager, add } = createTestManager({ stopGraceMs: 500 })
    let below = add('n0', {}, { onDestroy: hangs })
    for (let i = 1; i < 10; i += 1) below = add(`n${i}`, { requires: [below.key] }, { onDestroy: hangs })
    await settle(clock, manager.start())
    const error = await settle(clock, manager.stop({ deadlineMs: 1000 }), 1600)
    expect(error).toMatchObject({
      details: { problems: expect.arrayContaining([expect.objectContaining({ name: 'n0' })]) },
    })
    expect(manager.graph().nodes.every(({ state }) => state === 'stopped')).toBe(true)
    await clock.advanceAsync(2001)
    expect(clock.pendingTimers).toBe(0)
  })

  it('runs the hooks in order, each with what it is for', async () => {
    const { clock, manager, add } = createTestManager()
    const calls: string[] = []
    const { key } = add('db', {
      hooks: {
        beforeStart: () => void calls.push(`beforeStart ${manager.explain(key).state}`),
        afterStart: () => void calls.push(`afterStart ${manager.explain(key).state}`),
        beforeStop: async (pool) =>
          void calls.push(`beforeStop ${manager.explain(key).state} ${await pool.use(({ number }) => number)}`),
        afterStop: () => void calls.push(`afterStop ${manager.explain(key).state}`),
      },
    })
    await settle(clock, manager.start())
    await settle(clock, manager.stop())
    expect(calls).toEqual([
      'beforeStart starting',
      'afterStart starting',
      'beforeStop draining 1',
      'afterStop draining',
    ])
  })

  it('of one takes along what requires it and nothing else, and says whom that degrades', async () => {
    const { clock, manager, add } = createTestManager()
    const db = add('db')
    const api = add('api', { requires: [db.key] })
    const worker = add('worker', { bindsTo: [db.key] })
    const mail = add('mail', { wants: [db.key] })
    await settle(clock, manager.start())
    expect(await settle(clock, manager.stop({ only: db.key }))).toBeUndefined()
    const states = () => [db, api, worker, mail].map(({ key }) => manager.explain(key).state)
    expect(states()).toEqual(['stopped', 'stopped', 'stopped', 'degraded'])
    expect(manager.state).toBe('ready')
    expect(manager.explain(mail.key).causes).toEqual([
      { resource: 'db', reason: 'was stopped' },
      { reason: 'stop of db was called' },
    ])
    await settle(clock, manager.start())
    expect(states()).toEqual(['ready', 'ready', 'ready', 'ready'])
  })

  it('cannot be taken back when it is a close', async () => {
    const { clock, manager, add } = createTestManager()
    const { key } = add('db')
    const states: string[] = []
    manager.on('manager.transitioned', ({ to }) => states.push(to))
    await settle(clock, manager.start())
    const pool = manager.pool(key)
    const closed = manager.close()
    expect(manager.close()).toBe(closed)
    expect(await settle(clock, closed)).toBeUndefined()
    expect(states).toEqual(['starting', 'ready', 'stopping', 'stopped'])
    await expect(manager.start()).rejects.toMatchObject({ code: 'CLOSED', operation: 'start' })
    await expect(manager.stop()).rejects.toMatchObject({ code: 'CLOSED' })
    expect(() => add('other')).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'CLOSED', operation: 'acquire' })
    await expect(manager.use(key, () => 1)).rejects.toMatchObject({ code: 'CLOSED', operation: 'use' })
    await expect(manager.rotate(key)).rejects.toMatchObject({ code: 'CLOSED', operation: 'rotate' })
    expect(manager.explain(key).state).toBe('stopped')
    await expect(createTestManager().manager.close({ deadlineMs: -1 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })
})
