import { HoldfastError, Secret } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import type { CredentialSource, ResolvedCredential } from '@holdfast/contracts/credentials'
import { describe, expect, it } from 'vitest'
import { hangs } from '../../test/fake-adapter.ts'
import { createTestManager, settle } from '../../test/test-manager.ts'

/** A source whose credential a test changes. */
const createSource = () => {
  const state = { version: 'v1', reads: 0, isDown: false }
  const watchers = new Set<() => void>()
  const source: CredentialSource = {
    async retrieve(): Promise<ResolvedCredential> {
      state.reads += 1
      if (state.isDown)
        throw new HoldfastError({
          code: 'UNAVAILABLE',
          source: 'test',
          operation: 'retrieve',
          message: 'The store is down.',
          hint: 'Wait.',
        })
      return { value: new Secret(`planted-${state.version}`), version: state.version }
    },
    async *watch({ signal } = {}) {
      while (signal?.aborted !== true) {
        await new Promise<void>((resolve) => {
          watchers.add(resolve)
          signal?.addEventListener('abort', () => resolve())
        })
        yield { version: state.version }
      }
    },
  }
  const change = (version: string): void => {
    state.version = version
    for (const wake of watchers) wake()
    watchers.clear()
  }
  return { state, source, change }
}

describe('a resource with credentials', () => {
  it('reads them once for however many it makes, and moves to new ones when their source tells of them', async () => {
    const { clock, manager, add } = createTestManager()
    const { state, source, change } = createSource()
    const { key, adapter } = add('db', { credentials: { login: source }, pool: { minSize: 5, maxSize: 10 } })
    const rotated: unknown[] = []
    manager.on('credentials.rotated', (event) => rotated.push(event))
    expect(await settle(clock, manager.start())).toBeUndefined()
    expect([adapter.created.length, state.reads]).toEqual([5, 1])
    expect(manager.explain(key).credentials).toEqual({ login: { version: 'v1' } })
    const lease = await manager.acquire(key)
    change('v2')
    await clock.advanceAsync(1000)
    expect(rotated).toMatchObject([{ resource: 'db', epoch: 2, from: { login: 'v1' }, to: { login: 'v2' } }])
    expect(manager.explain(key).credentials).toEqual({ login: { version: 'v2' } })
    expect(lease.resource.isAlive).toBe(true)
    lease.release()
    await clock.advanceAsync(10)
    await settle(clock, manager.close())
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('is moved by hand, also to what looks the same, and stays with the old ones when the new ones fail', async () => {
    const { clock, manager, add } = createTestManager()
    const { state, source } = createSource()
    let refuses = false
    const { key } = add(
      'db',
      { credentials: { login: source }, rotation: { attempts: 1 }, pool: { minSize: 1 } },
      {
        onCreate: () => {
          if (refuses)
            throw new HoldfastError({
              code: 'UNAUTHENTICATED',
              source: 'test',
              operation: 'create',
              message: 'No.',
              hint: 'No.',
            })
        },
      },
    )
    const plain = add('plain')
    await expect(manager.rotate(key)).rejects.toMatchObject({ reason: 'NOT_READY', operation: 'rotate' })
    await settle(clock, manager.start())
    await expect(manager.rotate(plain.key)).rejects.toMatchObject({ code: 'UNSUPPORTED', operation: 'rotate' })
    const outcome = manager.rotate(key)
    await settle(clock, outcome)
    expect(await outcome).toMatchObject({ epoch: 2, from: { login: 'v1' }, to: { login: 'v1' } })
    state.version = 'v2'
    refuses = true
    expect(await settle(clock, manager.rotate(key))).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(manager.explain(key)).toMatchObject({ state: 'ready', credentials: { login: { version: 'v1' } } })
    expect(await manager.use(key, ({ isAlive }) => isAlive)).toBe(true)
    state.isDown = true
    expect(await settle(clock, manager.rotate(key))).toMatchObject({ code: 'UNAVAILABLE' })
    expect(await manager.use(key, ({ isAlive }) => isAlive)).toBe(true)
  })

  it('does not start while their source is down, and says so', async () => {
    const { clock, manager, add } = createTestManager({ startTimeoutMs: 2000 })
    const { state, source } = createSource()
    state.isDown = true
    add('db', { credentials: { login: source } })
    const error = await settle(clock, manager.start())
    expect(error).toMatchObject({ details: { failed: [{ name: 'db', code: 'UNAVAILABLE' }] } })
    expect(JSON.stringify(error)).not.toContain('planted')
  })
})

describe('a resource with tenants', () => {
  it('is given only to those that say for whom, within the quota of each', async () => {
    const { clock, manager, add } = createTestManager()
    const { key } = add('db', {
      tenants: { quota: { maxLeases: 1 }, admits: (tenant) => tenant !== 'mallory' },
      pool: { maxSize: 4 },
    })
    const refused: unknown[] = []
    const admitted: string[] = []
    manager.on('tenant.refused', ({ tenant, reason }) => refused.push([tenant, reason]))
    manager.on('tenant.admitted', ({ tenant }) => admitted.push(tenant))
    expect(await settle(clock, manager.start())).toBeUndefined()
    await expect(manager.acquire(key)).rejects.toMatchObject({ reason: 'TENANT_REQUIRED' })
    await expect(manager.acquire(key, { tenant: 'mallory' })).rejects.toMatchObject({ reason: 'TENANT_REFUSED' })
    const held = manager.acquire(key, { tenant: 'acme' })
    await clock.advanceAsync(100)
    const lease = await held
    expect(await settle(clock, manager.acquire(key, { tenant: 'acme', timeoutMs: 100 }))).toMatchObject({
      reason: 'QUOTA_EXCEEDED',
    })
    const other = runWithContext({ tenant: 'globex' }, () => manager.use(key, ({ isAlive }) => isAlive))
    expect(await settle(clock, other)).toBeUndefined()
    expect(await other).toBe(true)
    lease.release()
    expect(refused).toEqual([
      [undefined, 'TENANT_REQUIRED'],
      ['mallory', 'TENANT_REFUSED'],
      ['acme', 'QUOTA_EXCEEDED'],
    ])
    expect(admitted).toEqual(['acme', 'globex'])
    expect(await settle(clock, manager.close())).toBeUndefined()
  })

  it('never hands what one tenant has used to another when the adapter does not say that it is clean', async () => {
    const { clock, manager, add } = createTestManager()
    const { key } = add('db', { tenants: {}, pool: { maxSize: 1 } })
    await settle(clock, manager.start())
    const use = async (tenant: string): Promise<number> => {
      const used = manager.use(key, ({ number }) => number, { tenant })
      await settle(clock, used)
      return used
    }
    const first = await use('acme')
    expect(await use('acme')).toBe(first)
    expect(await use('globex')).not.toBe(first)
  })

  it('may have a pool for each tenant', async () => {
    const { clock, manager, add } = createTestManager()
    const { key } = add('db', { tenants: { isolation: 'pool', maxPools: 2 }, pool: { maxSize: 1 } })
    expect(await settle(clock, manager.start())).toBeUndefined()
    const one = manager.acquire(key, { tenant: 'acme' })
    const two = manager.acquire(key, { tenant: 'globex' })
    await clock.advanceAsync(10)
    const leases = [await one, await two]
    expect(leases.map(({ instance }) => instance.id.split('#')[0])).toEqual(['db/acme', 'db/globex'])
    await expect(manager.acquire(key)).rejects.toMatchObject({ reason: 'TENANT_REQUIRED' })
    const stopped = manager.stop({ deadlineMs: 100 })
    const error = await settle(clock, stopped)
    expect(error).toMatchObject({ details: { forced: { db: [{ tenant: 'acme' }, { tenant: 'globex' }] } } })
  })
})

describe('a singleton', () => {
  it('is one resource in many leases', async () => {
    const { clock, manager, add } = createTestManager()
    const { key, adapter } = add('client', { kind: 'singleton' })
    expect(await settle(clock, manager.start())).toBeUndefined()
    const leases = [await manager.acquire(key), await manager.acquire(key)]
    expect(new Set(leases.map(({ resource }) => resource)).size).toBe(1)
    expect(adapter.created).toHaveLength(1)
    expect(manager.graph().nodes).toMatchObject([{ kind: 'singleton' }])
    for (const lease of leases) lease.release()
    expect(await settle(clock, manager.close())).toBeUndefined()
    expect(adapter.destroyed).toHaveLength(1)
  })

  it('that cannot be made ends the start', async () => {
    const { clock, manager, add } = createTestManager({ startTimeoutMs: 1000 })
    add('client', { kind: 'singleton' }, { onCreate: hangs })
    expect(await settle(clock, manager.start(), 1100)).toMatchObject({ details: { failed: [{ name: 'client' }] } })
  })
})
