import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { HoldfastError } from '@holdfast/contracts'
import { expect, it } from 'vitest'
import { createAwsStorage } from './aws-storage.ts'
import type { AwsStorageOptions } from './options.ts'
import { createWriteLimiter } from './write-limiter.ts'

const region = 'eu-central-1'

const problemsOf = (options: Record<string, unknown>): readonly string[] => {
  try {
    createAwsStorage(options)
    return []
  } catch (error) {
    if (!HoldfastError.is(error, 'INVALID_ARGUMENT')) throw error
    expect(error).toMatchObject({ reason: 'OPTIONS_INVALID', source: 'storage-aws', operation: 'createAwsStorage' })
    // What createProblems makes.
    return (error.details.problems as readonly { path: string }[]).map(({ path }) => path)
  }
}

it('needs none, and says what it is bound to', () => {
  expect(createAwsStorage().name).toBe('storage-aws (holdfast)')
  expect(createAwsStorage({ region, prefix: 'shop/prod' }).name).toBe('storage-aws (eu-central-1/shop/prod)')
  expect(createAwsStorage({ region, prefix: '' }).name).toBe('storage-aws (eu-central-1)')
})

it('names every wrong option at once', () => {
  const given = {
    region: 'EU Central',
    prefix: '/slash',
    kmsKeyId: 'not a key',
    defaultTags: { 'aws:x': 'y' },
    recoveryWindowDays: 3,
    writesPerSecond: 0,
    watchIntervalMs: 1,
    endpoint: 'http://example.com',
    client: {},
    logger: {},
    clock: {},
    writeLimiter: {},
    unknown: 1,
  }
  expect(problemsOf(given)).toEqual(expect.arrayContaining(Object.keys(given).filter((name) => name !== 'unknown')))
})

it.each<AwsStorageOptions>([
  { prefix: 'a' },
  { prefix: 'p'.repeat(445) },
  { prefix: 'a/b_c+d.e@f-g' },
  { kmsKeyId: 'alias/mine' },
  { kmsKeyId: 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab' },
  { defaultTags: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, 'v'])) },
  { recoveryWindowDays: 0 },
  { recoveryWindowDays: 7 },
  { recoveryWindowDays: 30 },
  { writesPerSecond: 1 },
  { writeLimiter: createWriteLimiter({ perSecond: 1 }) },
  { watchIntervalMs: 100 },
  { endpoint: 'https://vpce-1.secretsmanager.eu-central-1.vpce.amazonaws.com' },
  { endpoint: 'http://127.0.0.1:4566' },
  { endpoint: 'http://localhost:4566' },
  { endpoint: 'http://[::1]:4566' },
  { client: new SecretsManagerClient({ region }) },
])('takes %o', (options) => {
  expect(problemsOf(options)).toEqual([])
})

it.each<[Record<string, unknown>, string]>([
  [{ prefix: 'p'.repeat(446) }, 'prefix'],
  [{ prefix: 'p'.repeat(513) }, 'prefix'],
  [{ prefix: 'a/' }, 'prefix'],
  [{ prefix: 'a//b' }, 'prefix'],
  [{ prefix: 'a b' }, 'prefix'],
  [{ prefix: 'a=b' }, 'prefix'],
  [{ prefix: 'ü' }, 'prefix'],
  [{ defaultTags: { k: 'v'.repeat(257) } }, 'defaultTags'],
  [{ defaultTags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v'])) }, 'defaultTags'],
  [{ recoveryWindowDays: 6 }, 'recoveryWindowDays'],
  [{ recoveryWindowDays: 31 }, 'recoveryWindowDays'],
  [{ recoveryWindowDays: 7.5 }, 'recoveryWindowDays'],
  [{ recoveryWindowDays: -1 }, 'recoveryWindowDays'],
  [{ endpoint: 'https://user:planted-password@example.com' }, 'endpoint'],
  [{ endpoint: 'ftp://localhost' }, 'endpoint'],
  [{ endpoint: 'http://127.evil.example' }, 'endpoint'],
  [{ endpoint: 'no url' }, 'endpoint'],
  [{ client: new SecretsManagerClient({ region }), region }, 'region'],
  [{ client: new SecretsManagerClient({ region }), endpoint: 'https://a.example' }, 'endpoint'],
  [{ writeLimiter: createWriteLimiter({ perSecond: 1 }), writesPerSecond: 1 }, 'writesPerSecond'],
])('refuses %o', (options, path) => {
  expect(problemsOf(options)).toEqual([path])
})

it('shows no credentials of an endpoint', () => {
  expect(() => createAwsStorage({ endpoint: 'https://user:planted-password@example.com' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('planted') }),
  )
})

it('claims recovery only with a window', () => {
  expect(createAwsStorage({ recoveryWindowDays: 0 }).capabilities).toMatchObject({
    recover: false,
    compareAndSet: true,
  })
  expect(createAwsStorage().capabilities).toMatchObject({ recover: true, versions: true, watch: true })
})
