import { parseScopeId } from '@holdfast/contracts'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { createTestManager, failureOf } from '../../test/support/manager.ts'
import { apiKey } from '../kinds/api-key.ts'
import { type BasicCredential, basic } from '../kinds/basic.ts'
import { type DatabaseCredential, database } from '../kinds/database.ts'
import type { Credential } from '../manager/credential.ts'
import { requireCredentials } from './require-credentials.ts'

describe('requireCredentials', () => {
  it('gives a typed object with everything that was asked for', async () => {
    const { manager } = createTestManager()
    await manager.store(database('db/main'), 'postgres://app:secret@db:5432/orders')
    await manager.store(apiKey('stripe/live'), 'sk_live_123')
    const found = await requireCredentials(manager, { db: database('db/main'), stripe: apiKey('stripe/live') })
    expectTypeOf(found.db).toEqualTypeOf<Credential<DatabaseCredential>>()
    expectTypeOf(found.stripe).toEqualTypeOf<Credential<string>>()
    // @ts-expect-error nobody asked for mail
    expect(found.mail).toBeUndefined()
    expect(found.db.value.reveal().host).toBe('db')
    expect(found.stripe.value.reveal()).toBe('sk_live_123')
    expectTypeOf(basic('x')).not.toEqualTypeOf<Credential<BasicCredential>>()
  })

  it('takes what was stored without a kind for the kind whose form it has', async () => {
    const { manager } = createTestManager()
    await manager.store('db/main', 'postgres://app:secret@db/orders')
    const { db } = await requireCredentials(manager, { db: database('db/main') })
    expect(db.value.reveal()).toMatchObject({ engine: 'postgres', username: 'app' })
  })

  it('fails once, naming every missing, expired, malformed, damaged and forbidden one', async () => {
    const { manager, storage } = createTestManager()
    const acme = parseScopeId('org:acme')
    const store = manager.withScope(acme).store
    await store('malformed', 'planted secret')
    await store(basic('other-kind'), { username: 'planted-name', password: 'planted-secret' })
    await store(apiKey('expired'), 'planted-secret', { expiresAt: '2020-01-01T00:00:00Z' })
    await store(apiKey('damaged'), 'planted-secret')
    await manager.store(apiKey('outside'), 'planted-secret')
    const record = await storage.retrieve('damaged')
    await storage.store('damaged', { ...record, metadata: { ...record.metadata, tags: { forged: 'yes' } } })
    const error = await failureOf(
      requireCredentials(manager.withScope(acme), {
        a: apiKey('missing'),
        b: apiKey('malformed'),
        c: apiKey('other-kind'),
        d: apiKey('expired'),
        e: apiKey('damaged'),
        f: apiKey('outside'),
      }),
    )
    expect(error).toMatchObject({ code: 'NOT_FOUND', reason: 'REQUIREMENTS_UNMET' })
    expect(error.details.unmet).toMatchObject([
      { name: 'a', id: 'missing', status: 'missing', kind: 'api-key' },
      { name: 'b', id: 'malformed', status: 'malformed' },
      { name: 'c', id: 'other-kind', status: 'malformed' },
      { name: 'd', id: 'expired', status: 'expired' },
      { name: 'e', id: 'damaged', status: 'damaged' },
      { name: 'f', id: 'outside', status: 'forbidden' },
    ])
    for (const id of ['missing', 'malformed', 'other-kind', 'expired', 'damaged', 'outside'])
      expect(error.message).toContain(id)
    expect(JSON.stringify(error)).not.toContain('planted')
  })

  it('passes on what keeps the verdict from being found out', async () => {
    const { manager, storage } = createTestManager()
    await manager.store(apiKey('a'), 'x')
    storage.failNextWith('UNAVAILABLE')
    expect(await failureOf(requireCredentials(manager, { a: apiKey('a') }))).toMatchObject({ code: 'UNAVAILABLE' })
  })
})
