import { describe, expect, it } from 'vitest'
import { createFakeAdapter, type FakeResource } from '../../test/fake-adapter.ts'
import { createTestManager, settle } from '../../test/test-manager.ts'
import { createResourceManager } from './create-resource-manager.ts'
import { resourceKey } from './resource-key.ts'

/** As a caller without types would. */
const untyped = (value: unknown): never => value as never

describe('a registration', () => {
  it('is refused with everything that is wrong with it', () => {
    const { manager } = createTestManager()
    const register = () =>
      manager.register(resourceKey('db'), {
        adapter: untyped({ name: 'postgres', create: 1 }),
        kind: untyped('lonely'),
        pool: { maxSize: 0, acquireTimeoutMs: -1 },
        health: { intervalMs: 0 },
        rotation: { attempts: 0 },
        requires: untyped([{}]),
        layers: untyped([() => 1]),
        hooks: untyped({ afterStart: true }),
        credentials: untyped({ password: 'planted-password' }),
        tenants: untyped({ isolation: 'island' }),
      })
    expect(register).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'OPTIONS_INVALID', operation: 'register' }),
    )
    try {
      register()
    } catch (error) {
      const paths = (error as { details: { problems: { path: string }[] } }).details.problems.map(({ path }) => path)
      for (const path of [
        'adapter',
        'kind',
        'pool.maxSize',
        'pool.acquireTimeoutMs',
        'health.intervalMs',
        'rotation.attempts',
        'requires.0',
        'layers.0',
        'hooks.afterStart',
        'credentials.password',
        'tenants.isolation',
      ]) {
        expect(paths, path).toContain(path)
      }
      expect(JSON.stringify(error)).not.toContain('planted')
    }
  })

  it('of a name that is taken is refused, under the same key and under another', () => {
    const { manager, add } = createTestManager()
    const { key } = add('db')
    const adapter = createFakeAdapter()
    expect(() => manager.register(key, { adapter })).toThrow(/key: given db for the second time/)
    expect(() => manager.register(resourceKey('db'), { adapter })).toThrow(/another key of the name db/)
    expect(() => add('api', { requires: [resourceKey('db')] })).toThrow(/requires.0: given another key of the name db/)
  })

  it('that closes a cycle is refused with the way around it', () => {
    const { manager, add } = createTestManager()
    const later = resourceKey<FakeResource>('db')
    const api = add('api', { requires: [later] })
    const page = add('page', { wants: [api.key] })
    expect(() => manager.register(later, { adapter: createFakeAdapter(), after: [page.key] })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        reason: 'DEPENDENCY_CYCLE',
        message: expect.stringContaining('db → page → api → db'),
        details: { path: ['db', 'page', 'api', 'db'] },
      }),
    )
    expect(manager.keys().map(({ name }) => name)).toEqual(['api', 'page'])
  })

  it('while others run needs what it requires, and is started by the next start', async () => {
    const { clock, manager, add, told } = createTestManager()
    const db = add('db')
    await settle(clock, manager.start())
    expect(() => add('api', { requires: [resourceKey('cache')] })).toThrow(
      expect.objectContaining({
        reason: 'DEPENDENCY_UNKNOWN',
        details: { missing: [{ name: 'api', missing: 'cache' }] },
      }),
    )
    const registered: string[] = []
    manager.on('resource.registered', ({ resource }) => registered.push(resource))
    const api = add('api', { requires: [db.key] })
    expect(registered).toEqual(['api'])
    expect(manager.health()).toMatchObject({ isReady: true, resources: { api: { state: 'created' } } })
    told.length = 0
    await settle(clock, manager.start())
    expect(told).toEqual(['api starting', 'api ready'])
    expect(manager.explain(api.key)).toMatchObject({ state: 'ready', requires: ['db'], requiredBy: [], type: 'fake' })
  })

  it('holds options of the manager that are none against it', () => {
    expect(() => createResourceManager({ startTimeoutMs: 0, stopDeadlineMs: Number.NaN, clock: untyped({}) })).toThrow(
      /startTimeoutMs.*stopDeadlineMs.*clock/,
    )
  })
})

describe('a lookup', () => {
  it('goes by the key, and its type by the type of the key', async () => {
    const { clock, manager, add } = createTestManager()
    const { key } = add('orders-db')
    await settle(clock, manager.start())
    const alive: boolean = await manager.use(key, ({ isAlive }) => isAlive)
    expect(alive).toBe(true)
    // @ts-expect-error a resource of this key has no such property.
    await manager.use(key, ({ query }) => query)
    // @ts-expect-error and is no text.
    const text: string = await manager.use(key, (resource) => resource)
    expect(text).toBeTypeOf('object')
    const bad = () => {
      // @ts-expect-error an adapter makes what the key is of.
      manager.register(resourceKey<string>('text'), { adapter: createFakeAdapter() })
    }
    expect(bad).not.toThrow()
  })

  it('of an unknown key says so, and which names are near', async () => {
    const { manager, add } = createTestManager()
    add('orders-db')
    add('mail')
    const unknown = resourceKey<string>('order-db')
    await expect(manager.acquire(unknown)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      reason: 'RESOURCE_UNKNOWN',
      operation: 'acquire',
      message: expect.stringContaining('orders-db'),
      details: { resource: 'order-db', near: ['orders-db'] },
    })
    await expect(manager.use(unknown, () => 1)).rejects.toMatchObject({ reason: 'RESOURCE_UNKNOWN', operation: 'use' })
    await expect(manager.rotate(unknown)).rejects.toMatchObject({ reason: 'RESOURCE_UNKNOWN', operation: 'rotate' })
    await expect(manager.start({ only: unknown })).rejects.toMatchObject({ reason: 'RESOURCE_UNKNOWN' })
    await expect(manager.stop({ only: unknown })).rejects.toMatchObject({ reason: 'RESOURCE_UNKNOWN' })
    for (const look of [
      () => manager.pool(unknown),
      () => manager.explain(unknown),
      () => manager.healthHistory(unknown),
    ]) {
      expect(look).toThrow(expect.objectContaining({ reason: 'RESOURCE_UNKNOWN' }))
    }
    expect(() => manager.pool(resourceKey('mail'))).toThrow(/import the key that it was registered with/)
    expect(() => manager.pool(untyped(undefined))).toThrow(expect.objectContaining({ reason: 'RESOURCE_UNKNOWN' }))
  })
})
