import { createCache } from '@holdfast/cache'
import { parseScopeId } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { createTestManager, failureOf } from '../../test/support/manager.ts'
import { apiKey } from '../kinds/api-key.ts'
import { basic } from '../kinds/basic.ts'
import { defineKind } from '../kinds/define-kind.ts'
import { isRotationRecommended } from '../validation/rotation-policy.ts'

const dayMs = 86_400_000

describe('validate', () => {
  it('finds a credential valid that has not expired', async () => {
    const { manager, clock } = createTestManager()
    const { version } = await manager.store(apiKey('a'), 'key', { expiresAt: new Date(clock.wallNow() + dayMs) })
    expect(await manager.validate('a')).toEqual({
      id: 'a',
      status: 'valid',
      isValid: true,
      isExpired: false,
      reasons: [],
      rotationRecommended: false,
      kind: 'api-key',
      version,
      expiresAt: '2026-01-02T00:00:00.000Z',
      remainingMs: dayMs,
    })
  })

  it('finds it expired from the very millisecond of its expiry, cached or not, and retrieves it all the same', async () => {
    for (const cache of [undefined, createCache({ capacity: 10 })]) {
      const { manager, clock } = createTestManager({ cache })
      await manager.store('a', 'key', { expiresAt: new Date(clock.wallNow() + dayMs) })
      clock.advance(dayMs - 1)
      expect(await manager.validate('a')).toMatchObject({ status: 'valid', remainingMs: 1 })
      clock.advance(1)
      expect(await manager.validate('a')).toMatchObject({
        status: 'expired',
        isValid: false,
        isExpired: true,
        reasons: ['expired at 2026-01-02T00:00:00.000Z'],
        rotationRecommended: true,
        remainingMs: 0,
      })
      expect((await manager.retrieve('a')).value.reveal()).toBe('key')
    }
  })

  it('refuses to retrieve an expired credential only when told to, by option or by call', async () => {
    const { manager, other, clock } = createTestManager()
    await manager.store('a', 'key', { expiresAt: new Date(clock.wallNow() + 1) })
    const strict = other({ refuseExpired: true, cache: createCache({ capacity: 10 }) })
    expect((await strict.retrieve('a')).value.reveal()).toBe('key')
    clock.advance(1)
    const expired = { code: 'NOT_FOUND', reason: 'EXPIRED' }
    expect(await failureOf(strict.retrieve('a'))).toMatchObject(expired)
    expect((await strict.retrieve('a', { refuseExpired: false })).value.reveal()).toBe('key')
    expect(await failureOf(manager.retrieve('a', { refuseExpired: true }))).toMatchObject(expired)
    expect(await strict.validate('a')).toMatchObject({ status: 'expired' })
  })

  it('says notFound for what is not there', async () => {
    const { manager } = createTestManager()
    expect(await manager.validate('nobody')).toEqual({
      id: 'nobody',
      status: 'notFound',
      isValid: false,
      isExpired: false,
      reasons: ['there is no such credential'],
      rotationRecommended: false,
    })
  })

  it('says invalid with reasons for a value that has not the form of its kind', async () => {
    const { manager, other } = createTestManager()
    const loose = defineKind<string>({ name: 'token', read: (value) => ({ value: String(value) }) })
    const strict = defineKind<string>({
      name: 'token',
      read: (value) => (value === 'good' ? { value } : { problems: ['must be good'] }),
    })
    await other({ kinds: [loose] }).store(loose('a'), 'bad')
    expect(await other({ kinds: [strict] }).validate('a')).toMatchObject({
      status: 'invalid',
      reasons: ['must be good'],
    })
    expect(await manager.validate('a')).toMatchObject({
      status: 'valid',
      reasons: ['the kind token is not registered here, so the form was not checked'],
    })
    await manager.store(basic('b'), { username: 'u', password: 'p' })
    expect(await manager.validate(apiKey('b'))).toMatchObject({
      status: 'invalid',
      reasons: ['it is of kind basic and api-key was expected'],
    })
    await manager.store('c', 'two words')
    expect(await manager.validate('c')).toMatchObject({ status: 'valid' })
    expect(await manager.validate(apiKey('c'))).toMatchObject({ status: 'invalid' })
  })

  it('says invalid for a record that was altered, and rejects when nothing can be found out', async () => {
    const { manager, storage } = createTestManager()
    await manager.store('a', 'x')
    const record = await storage.retrieve('a')
    const value = Uint8Array.from(record.value)
    value[value.length - 1] = (value[value.length - 1] ?? 0) ^ 1
    await storage.store('a', { ...record, value })
    expect(await manager.validate('a')).toMatchObject({
      status: 'invalid',
      reasons: ['the record was damaged or altered'],
    })
    storage.failNextWith('UNAVAILABLE')
    expect(await failureOf(manager.validate('a'))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('validates many: all answers, in order, failures beside successes', async () => {
    const { manager, clock } = createTestManager()
    await manager.store('valid', 'x')
    await manager.store('expired', 'x', { expiresAt: new Date(clock.wallNow() - 1) })
    const { items, succeeded, failed } = await manager.validateBatch(['expired', 'missing', 'valid', '.holdfast/x'])
    expect(items.map((item) => (item.ok ? item.value.status : item.error.code))).toEqual([
      'expired',
      'notFound',
      'valid',
      'INVALID_ARGUMENT',
    ])
    expect({ succeeded, failed }).toEqual({ succeeded: 3, failed: 1 })
  })

  it('validates within the scope of the context', async () => {
    const { manager } = createTestManager()
    const scope = parseScopeId('org:acme')
    await manager.store('a', 'x', { scope: parseScopeId('org:acme/team:eng') })
    expect(await manager.validate('a', { context: { scope } })).toMatchObject({ status: 'valid' })
    const context = { scope: parseScopeId('org:other') }
    expect(await failureOf(manager.validate('a', { context }))).toMatchObject({ reason: 'SCOPE_VIOLATION' })
    const batch = await manager.validateBatch(['a'], { context })
    expect(batch.items[0]).toMatchObject({ ok: false, error: { reason: 'SCOPE_VIOLATION' } })
  })

  it('recommends rotation when a quarter of the lifetime is left', async () => {
    const { manager, clock } = createTestManager()
    await manager.store('a', 'x', { expiresAt: new Date(clock.wallNow() + 100 * dayMs) })
    clock.advance(75 * dayMs - 1)
    expect(await manager.validate('a')).toMatchObject({ status: 'valid', rotationRecommended: false })
    clock.advance(1)
    expect(await manager.validate('a')).toMatchObject({ status: 'valid', rotationRecommended: true })
    clock.setWall(Date.UTC(2025, 0, 1))
    expect(await manager.validate('a')).toMatchObject({ status: 'valid', rotationRecommended: false })
  })

  it('recommends rotation by the policy it is given', async () => {
    const { manager, other, clock } = createTestManager()
    await manager.store('a', 'x', { expiresAt: new Date(clock.wallNow() + 100 * dayMs) })
    await manager.store('b', 'x')
    const eager = other({ rotationPolicy: { remainingFraction: 0.9, maxAgeMs: 30 * dayMs } })
    clock.advance(10 * dayMs)
    expect(await eager.validate('a')).toMatchObject({ rotationRecommended: true })
    expect(await eager.validate('b')).toMatchObject({ rotationRecommended: false })
    clock.advance(20 * dayMs)
    expect(await eager.validate('b')).toMatchObject({ rotationRecommended: true })
    expect(await manager.validate('b')).toMatchObject({ rotationRecommended: false })
  })

  it('recommends rotation of what was stored already expired', () => {
    const metadata = {
      id: 'a',
      kind: 'opaque',
      encoding: 'text',
      tags: {},
      revision: '',
      writeId: '',
      createdAt: '',
      updatedAt: '2026-01-02T00:00:00.000Z',
      expiresAt: '2026-01-01T00:00:00.000Z',
    } as const
    expect(isRotationRecommended(metadata, { remainingFraction: 0 }, Date.UTC(2026, 0, 3))).toBe(true)
  })

  it.each(['tomorrow', '2027-01-01', '2027-01-01T00:00:00', 7, new Date(Number.NaN)])(
    'refuses %s as an expiry',
    async (expiresAt) => {
      const { manager } = createTestManager()
      expect(await failureOf(manager.store('a', 'x', { expiresAt: expiresAt as string }))).toMatchObject({
        reason: 'OPTIONS_INVALID',
      })
    },
  )

  it('normalises an expiry with an offset, and refuses tags that are not text', async () => {
    const { manager } = createTestManager()
    expect((await manager.store('a', 'x', { expiresAt: '2027-01-01T02:00:00+02:00' })).metadata.expiresAt).toBe(
      '2027-01-01T00:00:00.000Z',
    )
    const wrong: unknown[] = [{ a: 1 }, { '': 'x' }, { a: '\ud800' }, [], 'x']
    for (const tags of wrong) {
      expect(await failureOf(manager.store('a', 'x', { tags: tags as never }))).toMatchObject({
        reason: 'OPTIONS_INVALID',
      })
    }
  })
})
