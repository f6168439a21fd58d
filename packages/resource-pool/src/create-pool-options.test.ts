import { HoldfastError } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { createFakeAdapter } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'
import { poolDefaults, poolSettings } from './create-pool-options.ts'

const problemsOf = (create: () => unknown): readonly string[] => {
  try {
    create()
  } catch (error) {
    if (!HoldfastError.is(error, 'INVALID_ARGUMENT')) throw error
    const problems = error.details.problems as readonly { readonly path: string }[]
    return problems.map(({ path }) => path)
  }
  return []
}

describe('the options', () => {
  it('have defaults for all that is left out or undefined', () => {
    expect(poolSettings(createFakeAdapter(), { maxSize: undefined })).toMatchObject({ ...poolDefaults, name: 'fake' })
  })

  it('are wrong all at once', () => {
    const wrong = {
      name: '',
      minSize: 11,
      maxSize: 10,
      minIdle: -1,
      acquireTimeoutMs: -1,
      createTimeoutMs: 0,
      validateTimeoutMs: Number.NaN,
      resetTimeoutMs: 0,
      destroyTimeoutMs: '2',
      idleTimeoutMs: 0,
      keepAliveMs: 0,
      maxLifetimeMs: 0,
      maxLifetimeJitter: 2,
      maxUses: 0,
      maxWaiting: 1.5,
      maxConcurrentCreates: 0,
      validateIdleLongerThanMs: -1,
      order: 'random',
      leakDetectionMs: 0,
      reclaimLeaks: 'yes',
      tenantWeight: 1,
      credentials: { password: 'planted-password' },
      clock: {},
      logger: {},
      tracer: {},
      metrics: {},
      random: 0.5,
    }
    // A caller without types can pass anything.
    expect(new Set(problemsOf(() => createPool(createFakeAdapter(), wrong as never)))).toEqual(
      new Set([
        ...Object.keys(wrong).filter((path) => path !== 'maxSize' && path !== 'credentials'),
        'credentials.password',
      ]),
    )
  })

  it('never show what was given for a credential', () => {
    expect.assertions(1)
    try {
      createPool(createFakeAdapter(), { credentials: { password: 'planted-password' as never } })
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain('planted-password')
    }
  })

  it('and the adapter are checked together', () => {
    expect(problemsOf(() => createPool({ name: '', create: 1, validate: 'x' } as never, 'none' as never))).toEqual([
      'options',
      'adapter',
      'adapter.name',
      'adapter.validate',
      'name',
    ])
    expect(problemsOf(() => createPool(undefined as never))).toEqual(['adapter', 'name'])
    expect(problemsOf(() => createPool(createFakeAdapter(), { maxSize: Number.POSITIVE_INFINITY }))).toEqual([])
  })
})
