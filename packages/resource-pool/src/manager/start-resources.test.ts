import { HoldfastError } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { hangs } from '../../test/fake-adapter.ts'
import { createTestManager, settle } from '../../test/test-manager.ts'
import { resourceKey } from './resource-key.ts'

const refused = (): never => {
  throw new HoldfastError({
    code: 'PERMISSION_DENIED',
    source: 'test',
    operation: 'create',
    message: 'The user may not connect.',
    hint: 'Grant it.',
  })
}

describe('a start', () => {
  it('begins each as soon as its own parents are up, whatever the others do', async () => {
    const { clock, manager, told, add } = createTestManager()
    const slow = add('slow', {}, { createMs: 1000 })
    const quick = add('quick', {}, { createMs: 10 })
    add('on-quick', { requires: [quick.key] })
    add('on-both', { requires: [quick.key], after: [slow.key] })
    const started = manager.start()
    await clock.advanceAsync(20)
    expect(told).toEqual(['slow starting', 'quick starting', 'quick ready', 'on-quick starting', 'on-quick ready'])
    expect(await settle(clock, started)).toBeUndefined()
    expect(told.slice(-3)).toEqual(['slow ready', 'on-both starting', 'on-both ready'])
  })

  it('of a diamond with one failing corner is undone in reverse, and says who was skipped because of whom', async () => {
    const { clock, manager, told, add } = createTestManager()
    const base = add('base')
    const left = add('left', { requires: [base.key] }, { onCreate: refused })
    const right = add('right', { requires: [base.key] })
    const top = add('top', { requires: [left.key, right.key] })
    add('above', { bindsTo: [top.key] })
    const error = await settle(clock, manager.start())
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'DEPENDENCY_FAILED',
      operation: 'start',
      retryable: false,
      message: expect.stringMatching(/left \(PERMISSION_DENIED\).*top because of left, above because of top/),
      details: {
        failed: [{ name: 'left', code: 'PERMISSION_DENIED' }],
        skipped: [
          { name: 'top', because: 'left' },
          { name: 'above', because: 'top' },
        ],
      },
      cause: { code: 'PERMISSION_DENIED' },
    })
    expect(manager.graph().nodes.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'base stopped',
      'left failed',
      'right stopped',
      'top stopped',
      'above stopped',
    ])
    expect(manager.state).toBe('failed')
    expect(told.indexOf('right stopped')).toBeLessThan(told.indexOf('base draining'))
    expect(manager.explain(resourceKeyOf(manager, 'above')).causes).toEqual([
      { resource: 'top', reason: 'was stopped' },
      { resource: 'left', reason: 'failed' },
      { reason: 'The user may not connect.', code: 'PERMISSION_DENIED' },
    ])
    expect(right.adapter.destroyed).toHaveLength(right.adapter.created.length)
    expect(base.adapter.destroyed).toHaveLength(1)
    await expect(manager.acquire(base.key)).rejects.toMatchObject({ reason: 'NOT_READY' })
  })

  it('goes on without what is only wanted, and without what that requires', async () => {
    const { clock, manager, add } = createTestManager()
    const redis = add('redis', {}, { onCreate: refused })
    const cache = add('cache', { requires: [redis.key] })
    const api = add('api', { wants: [cache.key] })
    expect(await settle(clock, manager.start())).toBeUndefined()
    expect(manager.state).toBe('ready')
    expect(manager.explain(redis.key).state).toBe('failed')
    expect(manager.explain(cache.key)).toMatchObject({ state: 'stopped', causes: [{ resource: 'redis' }, {}] })
    expect(manager.explain(api.key)).toMatchObject({
      state: 'degraded',
      causes: [{ resource: 'cache', reason: 'was stopped' }, { resource: 'redis', reason: 'failed' }, {}],
    })
    expect(manager.health()).toMatchObject({ isReady: true, status: 'degraded' })
    expect(await manager.use(api.key, ({ number }) => number)).toBe(1)
  })

  it('waits for one that is only wanted no longer than a caller would', async () => {
    const { clock, manager, add } = createTestManager()
    const cache = add('cache', {}, { onCreate: hangs })
    add('api', { wants: [cache.key] })
    const started = manager.start()
    await clock.advanceAsync(5100)
    await started
    expect(manager.explain(cache.key)).toMatchObject({ state: 'failed', causes: [{ code: 'TIMEOUT' }] })
  })

  it('gives up one that is only wanted also when its hook hangs', async () => {
    const { clock, manager, add } = createTestManager()
    const cache = add('cache', { hooks: { beforeStart: hangs } })
    const api = add('api', { wants: [cache.key] })
    expect(await settle(clock, manager.start(), 5100)).toBeUndefined()
    expect(manager.explain(cache.key)).toMatchObject({ state: 'failed', causes: [{ code: 'TIMEOUT' }] })
    expect(manager.explain(api.key).state).toBe('degraded')
  })

  it('blames the one that was too slow and not those that were interrupted because of it', async () => {
    const { clock, manager, add } = createTestManager({ startTimeoutMs: 1000 })
    const slow = () => {
      throw new HoldfastError({ code: 'TIMEOUT', source: 'test', operation: 'x', message: 'Slow.', hint: 'Wait.' })
    }
    add('slow', { hooks: { beforeStart: slow } })
    const other = add('other', {}, { onCreate: hangs })
    expect(await settle(clock, manager.start())).toMatchObject({
      code: 'UNAVAILABLE',
      details: { failed: [{ name: 'slow', code: 'TIMEOUT' }], rolledBack: ['other'] },
    })
    expect(manager.explain(other.key).state).toBe('stopped')
  })

  it('brings up again what had failed, and those that were without it recover', async () => {
    const { clock, manager, add } = createTestManager()
    let isDown = true
    const cache = add('cache', {}, { onCreate: () => (isDown ? refused() : undefined) })
    const api = add('api', { wants: [cache.key] })
    await settle(clock, manager.start())
    expect(manager.explain(api.key).state).toBe('degraded')
    isDown = false
    expect(await settle(clock, manager.start())).toBeUndefined()
    expect([manager.explain(cache.key).state, manager.explain(api.key).state]).toEqual(['ready', 'ready'])
  })

  it('waits for what is not there yet, and ends at its deadline, which says who was too slow and who waited', async () => {
    const { clock, manager, add } = createTestManager({ startTimeoutMs: 10_000 })
    const db = add('db', {}, { onCreate: hangs })
    add('api', { requires: [db.key] })
    const other = add('other')
    const started = manager.start()
    await clock.advanceAsync(9800)
    expect(manager.explain(db.key).state).toBe('starting')
    const error = await settle(clock, started, 300)
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      details: { failed: [{ name: 'db', code: 'TIMEOUT' }], skipped: [{ name: 'api', because: 'db' }] },
    })
    expect(manager.explain(other.key).state).toBe('stopped')
  })

  for (const hook of ['beforeStart', 'afterStart'] as const) {
    it(`is bounded also when ${hook} hangs`, async () => {
      const { clock, manager, add } = createTestManager({ startTimeoutMs: 1000 })
      const calls: string[] = []
      const { key, adapter } = add('db', { hooks: { [hook]: hangs, afterStop: () => void calls.push('afterStop') } })
      add('api', { requires: [key] })
      const error = await settle(clock, manager.start(), 1000)
      expect(error).toMatchObject({
        code: 'TIMEOUT',
        reason: 'DEADLINE_EXCEEDED',
        message: expect.stringContaining('db is starting; api waits for db'),
        details: { failed: [{ name: 'db', code: 'TIMEOUT' }] },
      })
      expect(manager.explain(key).state).toBe('failed')
      expect(adapter.destroyed).toHaveLength(hook === 'afterStart' ? 1 : 0)
      expect(calls).toEqual(hook === 'afterStart' ? ['afterStop'] : [])
      expect(await settle(clock, manager.stop())).toBeUndefined()
      await clock.advanceAsync(1)
      expect(clock.pendingTimers).toBe(0)
    })
  }

  it('that its caller cancels is undone', async () => {
    const { clock, manager, add } = createTestManager()
    const db = add('db')
    const api = add('api', { requires: [db.key] }, { onCreate: hangs })
    const controller = new AbortController()
    const started = manager.start({ signal: controller.signal })
    await clock.advanceAsync(10)
    controller.abort(
      new HoldfastError({
        code: 'CANCELLED',
        source: 'run',
        operation: 'run',
        message: 'SIGTERM came.',
        hint: 'Good.',
      }),
    )
    expect(await settle(clock, started)).toMatchObject({
      code: 'CANCELLED',
      operation: 'start',
      message: 'SIGTERM came. Good.',
      details: { failed: [], rolledBack: ['api', 'db'] },
    })
    expect([manager.explain(db.key).state, manager.explain(api.key).state]).toEqual(['stopped', 'stopped'])
    expect(db.adapter.destroyed).toHaveLength(1)
  })

  it('is cancelled by a stop, which ends what it has begun', async () => {
    const { clock, manager, told, add } = createTestManager()
    const db = add('db')
    const api = add('api', { requires: [db.key] }, { onCreate: hangs })
    const started = manager.start()
    const another = manager.start()
    await clock.advanceAsync(10)
    const stopped = manager.stop()
    expect(manager.health().isReady).toBe(false)
    const outcomes = Promise.allSettled([started, another, stopped])
    await settle(clock, outcomes)
    expect(await outcomes).toMatchObject([
      { reason: { code: 'CANCELLED', operation: 'start' } },
      { reason: { code: 'CANCELLED' } },
      { status: 'fulfilled' },
    ])
    expect([manager.explain(db.key).state, manager.explain(api.key).state]).toEqual(['stopped', 'stopped'])
    expect(told.indexOf('api stopped')).toBeLessThan(told.indexOf('db draining'))
    expect(manager.state).toBe('stopped')
    expect(db.adapter.destroyed).toHaveLength(1)
  })

  it('waits for a stop that is under way, and begins then', async () => {
    const { clock, manager, add } = createTestManager()
    const db = add('db')
    await settle(clock, manager.start())
    const lease = await manager.acquire(db.key)
    const states: string[] = []
    manager.on('manager.transitioned', ({ to }) => states.push(to))
    const stopped = manager.stop()
    const started = manager.start()
    await clock.advanceAsync(100)
    expect(manager.explain(db.key).state).toBe('draining')
    lease.release()
    await settle(clock, stopped)
    expect(await settle(clock, started)).toBeUndefined()
    expect(states).toEqual(['stopping', 'stopped', 'starting', 'ready'])
    expect(await manager.use(db.key, ({ number }) => number)).toBe(2)
  })

  it('of one brings up what it requires and nothing else', async () => {
    const { clock, manager, add } = createTestManager()
    const db = add('db')
    const api = add('api', { requires: [db.key] })
    const other = add('other')
    await settle(clock, manager.start({ only: api.key }))
    expect([db, api, other].map(({ key }) => manager.explain(key).state)).toEqual(['ready', 'ready', 'created'])
    expect(manager.health()).toMatchObject({ isReady: true, status: 'up' })
    const failing = add('failing', { requires: [other.key] }, { onCreate: refused })
    expect(await settle(clock, manager.start({ only: failing.key }))).toMatchObject({ reason: 'DEPENDENCY_FAILED' })
    expect([db, api, other].map(({ key }) => manager.explain(key).state)).toEqual(['ready', 'ready', 'stopped'])
    expect(manager.state).toBe('ready')
  })

  it('is not kept from its work by a logger or a listener that throws', async () => {
    const throws = () => {
      throw new Error('the disk is full')
    }
    const { clock, manager, add } = createTestManager({
      logger: { debug: throws, info: throws, warn: throws, error: throws },
    })
    manager.on('resource.transitioned', throws)
    const { key } = add('db')
    expect(await settle(clock, manager.start())).toBeUndefined()
    expect(await manager.use(key, ({ number }) => number)).toBe(1)
    expect(await settle(clock, manager.close())).toBeUndefined()
  })

  it('gives hooks the pool before anybody else gets it', async () => {
    const { clock, manager, add } = createTestManager()
    const migrated: number[] = []
    const { key } = add('db', {
      hooks: {
        async afterStart(pool) {
          await expect(manager.acquire(key)).rejects.toMatchObject({ reason: 'NOT_READY' })
          migrated.push(await pool.use(({ number }) => number))
        },
      },
    })
    expect(await settle(clock, manager.start())).toBeUndefined()
    expect(migrated).toEqual([1])
  })

  it('refuses to begin while something that is required was not registered', async () => {
    const { manager, add } = createTestManager()
    const missing = resourceKey<string>('missing')
    add('api', { requires: [missing], wants: [resourceKey<string>('nobody')] })
    add('worker', { bindsTo: [missing] })
    await expect(manager.start()).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'DEPENDENCY_UNKNOWN',
      details: {
        missing: [
          { name: 'api', missing: 'missing' },
          { name: 'worker', missing: 'missing' },
        ],
      },
    })
  })

  it('brings up 500 resources in a lattice, and down in reverse', async () => {
    const { clock, manager, told, add } = createTestManager()
    const rows: ReturnType<typeof add>['key'][][] = []
    for (let row = 0; row < 50; row += 1) {
      const above = rows.at(-1) ?? []
      rows.push(
        Array.from({ length: 10 }, (_, column) => {
          const requires = above.filter((_, index) => index === column || index === (column + 1) % 10)
          return add(`n${row}-${column}`, { requires }, { createMs: 1 + ((row * 7 + column) % 5) }).key
        }),
      )
    }
    expect(await settle(clock, manager.start())).toBeUndefined()
    expect(manager.health()).toMatchObject({ status: 'up', isReady: true })
    expect(told).toHaveLength(1000)
    expect(await settle(clock, manager.stop())).toBeUndefined()
    expect(told.filter((text) => text.endsWith('stopped'))).toHaveLength(500)
    for (let row = 1; row < 50; row += 1) {
      expect(told.indexOf(`n${row}-3 stopped`)).toBeLessThan(told.indexOf(`n${row - 1}-3 draining`))
    }
  })
})

const resourceKeyOf = (manager: ReturnType<typeof createTestManager>['manager'], name: string) => {
  const key = manager.keys().find((each) => each.name === name)
  if (key === undefined) throw new Error(`${name} was not registered`)
  return key
}
