import { createCache } from '@holdfast/cache'
import { HoldfastError, intercept, parseScopeId } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { describe, expect, it } from 'vitest'
import { collect, createTestManager, failureOf, recordingLogger } from '../../test/support/manager.ts'
import type { CredentialManager, ScopedCredentialManager } from './credential-manager.ts'

const org = parseScopeId('org:acme')
const engineering = parseScopeId('org:acme/team:eng')
const sales = parseScopeId('org:acme/team:sales')
const lookalike = parseScopeId('org:ac')
const other = parseScopeId('org:umbrella')

/** One credential per scope, each with a planted value, and one without. */
const plant = async (manager: CredentialManager): Promise<void> => {
  await manager.store('org', 'planted-org', { scope: org, tags: { note: 'planted-tag' } })
  await manager.store('eng', 'planted-eng', { scope: engineering })
  await manager.store('sales', 'planted-sales', { scope: sales })
  await manager.store('lookalike', 'planted-lookalike', { scope: lookalike })
  await manager.store('other', 'planted-other', { scope: other })
  await manager.store('unscoped', 'planted-unscoped')
}

const idsOf = async (stream: AsyncIterable<{ id: string }>): Promise<string[]> =>
  (await collect(stream)).map(({ id }) => id).sort()

describe('scopes', () => {
  it('isolates tenants: no reading, listing, changing or deleting what belongs to another', async () => {
    const { manager } = createTestManager()
    await plant(manager)
    const tenant = manager.withScope(other)
    expect((await tenant.retrieve('other')).value.reveal()).toBe('planted-other')
    expect(await idsOf(tenant.list())).toEqual(['other'])
    const calls: [string, (view: ScopedCredentialManager) => Promise<unknown>][] = [
      ['store', (view) => view.store('org', 'mine')],
      ['store', (view) => view.store('org', 'mine', { onDuplicate: 'refuse' })],
      ['store', (view) => view.store('org', 'mine', { ifVersion: null })],
      ['store', (view) => view.store('org', 'mine', { scope: other })],
      ['update', (view) => view.update('org', 'mine')],
      ['retrieve', (view) => view.retrieve('org')],
      ['retrieve', (view) => view.retrieve('org', { fresh: true })],
      ['exists', (view) => view.exists('org')],
      ['delete', (view) => view.delete('org')],
      ['history', (view) => view.history('org')],
      ['validate', (view) => view.validate('org')],
      ['retrieve', (view) => view.source('org').retrieve()],
    ]
    for (const [operation, call] of calls) {
      expect(await failureOf(call(tenant)), operation).toMatchObject({
        code: 'PERMISSION_DENIED',
        reason: 'SCOPE_VIOLATION',
        operation,
      })
    }
    const [version] = await manager.history('org')
    expect(await failureOf(tenant.rollback('org', version?.version ?? ''))).toMatchObject({ reason: 'SCOPE_VIOLATION' })
    expect(await failureOf(tenant.retrieve('org', { version: version?.version }))).toMatchObject({
      reason: 'SCOPE_VIOLATION',
    })
    expect((await manager.retrieve('org')).value.reveal()).toBe('planted-org')
  })

  it('lets a parent see its children, never the reverse, never a sibling, never a name that only begins alike', async () => {
    const { manager } = createTestManager()
    await plant(manager)
    const seen = async (scope: typeof org): Promise<string[]> => {
      const found: string[] = []
      for (const id of ['org', 'eng', 'sales', 'lookalike', 'other', 'unscoped']) {
        try {
          found.push((await manager.retrieveScoped(id, { scope })).id)
        } catch (error) {
          expect(HoldfastError.is(error, 'PERMISSION_DENIED')).toBe(true)
        }
      }
      expect(await idsOf(manager.listScoped({ scope }))).toEqual([...found].sort())
      expect(await idsOf(manager.withScope(scope).list())).toEqual([...found].sort())
      return found
    }
    expect(await seen(org)).toEqual(['org', 'eng', 'sales'])
    expect(await seen(engineering)).toEqual(['eng'])
    expect(await seen(lookalike)).toEqual(['lookalike'])
  })

  it('lists by scope, narrowed further by the call', async () => {
    const { manager } = createTestManager()
    await plant(manager)
    expect(await idsOf(manager.list({ scope: org }))).toEqual(['eng', 'org', 'sales'])
    expect(await idsOf(manager.withScope(org).list({ scope: sales, include: 'id' }))).toEqual(['sales'])
    await expect(collect(manager.withScope(sales).list({ scope: org }))).rejects.toMatchObject({
      reason: 'SCOPE_VIOLATION',
    })
  })

  it('requires a scope in the context of retrieveScoped and listScoped', async () => {
    const { manager } = createTestManager()
    await manager.store('a', 'x')
    expect(await failureOf(manager.retrieveScoped('a', {}))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'SCOPE_REQUIRED',
    })
    await expect(collect(manager.listScoped({ tenant: 'acme' }))).rejects.toMatchObject({ reason: 'SCOPE_REQUIRED' })
  })

  it('gives a record the scope of the view, the context or the call, within what is allowed', async () => {
    const { manager } = createTestManager()
    const view = manager.withScope(org)
    expect((await view.store('a', 'x')).metadata.scope).toBe(org)
    expect((await view.store('b', 'x', { scope: sales })).metadata.scope).toBe(sales)
    expect((await view.store('c', 'x', { context: { scope: engineering } })).metadata.scope).toBe(engineering)
    expect(await failureOf(view.store('d', 'x', { scope: other }))).toMatchObject({ reason: 'SCOPE_VIOLATION' })
    expect(await failureOf(view.store('d', 'x', { context: { scope: other } }))).toMatchObject({
      reason: 'SCOPE_VIOLATION',
    })
    expect(await failureOf(manager.store('d', 'x', { scope: 'not a scope' as never }))).toMatchObject({
      reason: 'ID_INVALID',
    })
    expect(await manager.exists('d')).toBe(false)
  })

  it('fixes the scope when the credential is created', async () => {
    const { manager } = createTestManager()
    await manager.store('a', 'x', { scope: sales })
    expect(await failureOf(manager.store('a', 'y', { scope: org }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'SCOPE_IMMUTABLE',
    })
    expect((await manager.store('a', 'y')).metadata.scope).toBe(sales)
    expect((await manager.withScope(org).update('a', 'z')).metadata.scope).toBe(sales)
    await manager.store('unscoped', 'x')
    expect(await failureOf(manager.store('unscoped', 'y', { scope: org }))).toMatchObject({ reason: 'SCOPE_IMMUTABLE' })
  })

  it('takes a scope that is no text, in a header that somebody planted, for none', async () => {
    const { storage, other: make } = createTestManager()
    const planted = { id: 'planted', version: '1', metadata: { id: 'planted', scope: 7 } }
    const lister = make({
      storage: {
        ...storage,
        list: async function* () {
          yield planted as never
        },
      },
    })
    expect(await idsOf(lister.withScope(org).list())).toEqual([])
  })

  it('makes narrower views only', () => {
    const { manager } = createTestManager()
    const view = manager.withScope(engineering)
    expect(view.scope).toBe(engineering)
    expect(view.withScope(parseScopeId('org:acme/team:eng/service:api')).scope).toBe('org:acme/team:eng/service:api')
    for (const scope of [org, sales, other]) expect(() => view.withScope(scope)).toThrow(/outside the scope/)
  })

  it('binds a whole manager by its option, also for deleted credentials', async () => {
    const { other: make, manager } = createTestManager()
    await plant(manager)
    const bound = make({ scope: sales })
    expect(await idsOf(bound.list())).toEqual(['sales'])
    expect(await failureOf(bound.recover('org'))).toMatchObject({ reason: 'SCOPE_VIOLATION' })
    expect(await failureOf(bound.purge('org'))).toMatchObject({ reason: 'SCOPE_VIOLATION' })
    await expect(collect(bound.listDeleted())).rejects.toMatchObject({ reason: 'SCOPE_VIOLATION' })
  })

  it('checks a cached credential too', async () => {
    const { manager } = createTestManager({ cache: createCache({ capacity: 10 }) })
    await plant(manager)
    await manager.retrieve('org')
    expect(manager.cacheStatistics().size).toBe(1)
    expect(await failureOf(manager.withScope(other).retrieve('org'))).toMatchObject({ reason: 'SCOPE_VIOLATION' })
    expect((await manager.withScope(org).retrieve('org')).value.reveal()).toBe('planted-org')
    expect(manager.cacheStatistics().hits).toBe(2)
  })

  it('checks each part of a batch', async () => {
    const { manager } = createTestManager()
    await plant(manager)
    const view = manager.withScope(org)
    const read = await view.retrieveBatch(['org', 'other', 'eng'])
    expect(read.items.map(({ ok }) => ok)).toEqual([true, false, true])
    const written = await view.storeBatch([
      { target: 'new', value: 'x' },
      { target: 'other', value: 'x' },
      { target: 'foreign', value: 'x', scope: other },
    ])
    expect(written.items.map(({ ok }) => ok)).toEqual([true, false, false])
    const deleted = await view.deleteBatch(['other', 'sales'])
    expect(deleted.items.map(({ ok }) => ok)).toEqual([false, true])
    expect(await manager.exists('other')).toBe(true)
    const validated = await view.validateBatch(['org', 'other'])
    expect(validated.items.map(({ ok }) => ok)).toEqual([true, false])
  })

  it('audits each violation with an event and a warning, and says nothing of the record', async () => {
    const logger = recordingLogger()
    const { manager } = createTestManager({ logger })
    await plant(manager)
    const events: unknown[] = []
    manager.on('scope.violated', (event) => void events.push(event))
    const context = { scope: other, actor: 'mallory', tenant: 'umbrella' }
    const error = await failureOf(manager.retrieve('org', { context }))
    expect(events).toEqual([
      {
        at: '2026-01-01T00:00:00.000Z',
        actor: 'mallory',
        tenant: 'umbrella',
        id: 'org',
        operation: 'retrieve',
        allowedScope: other,
      },
    ])
    const warnings = logger.lines.filter(({ level }) => level === 'warn')
    expect(warnings).toEqual([
      {
        level: 'warn',
        message: 'scope violation',
        fields: {
          credentialId: 'org',
          operation: 'retrieve',
          allowedScope: other,
          actor: 'mallory',
          tenant: 'umbrella',
        },
      },
    ])
    const told = JSON.stringify([error, events, warnings])
    expect(told).not.toContain('planted')
    expect(told).not.toContain(org)
  })

  it('never carries a forged scope into a record it seals anew', async () => {
    const { manager, storage } = createTestManager()
    await plant(manager)
    const record = await storage.retrieve('sales')
    await storage.store('sales', { ...record, metadata: { ...record.metadata, scope: other } })
    const tampered = { code: 'DATA_LOSS', reason: 'TAMPERED' }
    expect(await failureOf(manager.store('sales', 'next'))).toMatchObject(tampered)
    expect(await failureOf(manager.withScope(other).retrieve('sales'))).toMatchObject(tampered)
    expect(await failureOf(manager.withScope(other).delete('sales'))).toMatchObject(tampered)
    expect(await manager.delete('sales')).toEqual({ deleted: true })
  })

  it('hides damaged records from a scoped list and shows them in an unbound one', async () => {
    const { manager, storage } = createTestManager()
    await plant(manager)
    const bare = {
      ...storage,
      list: async function* () {
        yield { id: 'damaged' }
      },
    }
    const { other: make } = createTestManager()
    const lister = make({ storage: bare })
    expect(await idsOf(lister.list())).toEqual(['damaged'])
    expect(await idsOf(lister.withScope(org).list())).toEqual([])
  })

  it('deletes nothing that appears under the id after it was looked for', async () => {
    const { storage, keyring } = createTestManager()
    const theirs = createTestManager({ storage, keyring }).manager
    const racing = intercept(storage, credentialStorageOperations, {
      async unary(call, next, first, second, third) {
        if (call.name === 'delete') await theirs.store('shared', 'theirs', { scope: other })
        return next(first, second, third)
      },
    })
    const { manager } = createTestManager({ storage: racing, keyring })
    expect(await manager.withScope(org).delete('shared')).toEqual({ deleted: false })
    await theirs.store('shared', 'theirs', { scope: other })
    expect((await theirs.retrieve('shared')).metadata.scope).toBe(other)
    expect((await theirs.history('shared')).length).toBe(1)
  })
})
