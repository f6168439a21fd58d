import { createCache } from '@holdfast/cache'
import { parseScopeId, silentLogger } from '@holdfast/contracts'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { createTestManager, failureOf, recordingLogger } from '../../test/support/manager.ts'
import { defineKind } from '../kinds/define-kind.ts'
import type { CredentialManager } from './credential-manager.ts'
import { type CredentialManagerBuilder, credentialManager } from './credential-manager-builder.ts'

const acme = defineKind<string>({ name: 'acme-token', read: (value) => ({ value: String(value) }) })

describe('credentialManager builder', () => {
  it('has no build in its type until a storage was given', () => {
    expectTypeOf<CredentialManagerBuilder>().not.toHaveProperty('build')
    expectTypeOf<CredentialManagerBuilder<true>>().toHaveProperty('build')
    const { storage, keyring } = createTestManager()
    const partial = credentialManager().keyring(keyring).batchConcurrency(4)
    expectTypeOf(partial).not.toHaveProperty('build')
    // @ts-expect-error build does not exist before storage was given
    expect(() => partial.build()).toThrow(/storage: given nothing/)
    expectTypeOf(partial.storage(storage).build()).toEqualTypeOf<CredentialManager>()
  })

  it('chains in any order and uses what it was given', async () => {
    const { storage, keyring } = createTestManager()
    const logger = recordingLogger()
    const scope = parseScopeId('org:acme')
    const manager = credentialManager()
      .kinds(acme)
      .logger(logger)
      .cache(createCache({ capacity: 7 }), { ttlMs: 1000 })
      .scope(scope)
      .refuseExpired()
      .storage(storage)
      .onDuplicate('refuse')
      .rotationPolicy({ remainingFraction: 0.5 })
      .batchConcurrency(2)
      .tracer({ startSpan: () => ({ end: () => {} }) })
      .clock(createFakeClock())
      .sealing('envelope')
      .keyring(keyring)
      .build()
    await manager.store(acme('a'), 'x')
    expect(await failureOf(manager.store('a', 'y'))).toMatchObject({ code: 'ALREADY_EXISTS' })
    expect((await storage.retrieve('a')).metadata).toMatchObject({ scope, kind: 'acme-token' })
    expect(manager.scope).toBe(scope)
    expect(manager.cacheStatistics()).toMatchObject({ isEnabled: true, capacity: 7 })
    expect(logger.lines.some(({ message }) => message === 'credential stored')).toBe(true)
  })

  it('leaves the builder it was called on as it was', async () => {
    const { storage, keyring } = createTestManager()
    const base = credentialManager().storage(storage).keyring(keyring)
    base.onDuplicate('refuse')
    const manager = base.build()
    await manager.store('a', '1')
    await manager.store('a', '2')
    expect((await manager.retrieve('a')).value.reveal()).toBe('2')
  })

  it('has a documented default for everything but storage and keyring', async () => {
    const { storage, keyring } = createTestManager()
    const manager = credentialManager().storage(storage).keyring(keyring).build()
    expect(manager.scope).toBeUndefined()
    expect(manager.cacheStatistics()).toMatchObject({ isEnabled: false, capacity: 0 })
    await manager.store('a', '1', { expiresAt: '2020-01-01T00:00:00Z' })
    await manager.store('a', '2', { expiresAt: '2020-01-01T00:00:00Z' })
    expect((await manager.retrieve('a')).value.reveal()).toBe('2')
    expect((await storage.retrieve('a')).metadata.seal).toBeDefined()
  })

  it('fails without a keyring and shows both ways out', () => {
    expect(() => credentialManager().storage(createMemoryStorage()).build()).toThrow(
      /createKeyring.*sealing: 'backend'/s,
    )
  })

  it('names every invalid option at once', () => {
    const { keyring } = createTestManager()
    const build = (): unknown =>
      credentialManager()
        .keyring(keyring)
        .storage({} as never)
        .batchConcurrency(Number.NaN)
        .cache({} as never, { ttlMs: -1 })
        .onDuplicate('sometimes' as never)
        .rotationPolicy({ remainingFraction: Number.NaN, maxAgeMs: -5 })
        .scope('no scope' as never)
        .kinds(acme, acme, {} as never)
        .logger({ ...silentLogger, warn: undefined } as never)
        .tracer({} as never)
        .clock({} as never)
        .sealing('none' as never)
        .build()
    try {
      build()
      expect.unreachable()
    } catch (error) {
      const problems = (error as { details: { problems: { path: string }[] } }).details.problems.map(({ path }) => path)
      expect(problems.sort()).toEqual([
        'batchConcurrency',
        'cache',
        'cacheTtlMs',
        'clock',
        'kinds.1',
        'kinds.2',
        'logger.warn',
        'onDuplicate',
        'rotationPolicy.maxAgeMs',
        'rotationPolicy.remainingFraction',
        'scope',
        'sealing',
        'storage',
        'tracer',
      ])
    }
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1001])(
    'refuses a batchConcurrency of %s',
    (batchConcurrency) => {
      const { storage, keyring } = createTestManager()
      expect(() =>
        credentialManager().storage(storage).keyring(keyring).batchConcurrency(batchConcurrency).build(),
      ).toThrow(/batchConcurrency/)
    },
  )
})
