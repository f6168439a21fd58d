import { HoldfastError, parseOptions, Secret } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { type VaultStorageOptions, vaultStorageOptionsSchema } from './options.ts'

const parse = (options: unknown) =>
  parseOptions(vaultStorageOptionsSchema, options, 'storage-vault', 'createVaultStorage')

const problemsOf = (options: unknown): readonly string[] => {
  try {
    parse(options)
    return []
  } catch (error) {
    if (!HoldfastError.is(error)) throw error
    expect(error.message).not.toContain('planted')
    return (error.details.problems as readonly { path: string }[]).map(({ path }) => path)
  }
}

const sound: VaultStorageOptions = {
  address: 'https://vault.example.com:8200',
  auth: { method: 'token', token: 'planted-token' },
}

it('has a default for everything but the address and the auth', () => {
  expect(parse(sound)).toMatchObject({
    mount: 'secret',
    softDelete: false,
    allowHttp: false,
    acceptAnyCertificate: false,
    maxEntryBytes: 1_048_576,
    watchIntervalMs: 30_000,
    renewal: { checkIntervalMs: 300_000, renewBelowMs: 3_600_000 },
  })
  expect(problemsOf({})).toEqual(['address', 'auth'])
})

it('takes every option', () => {
  const all = {
    ...sound,
    address: 'http://vault:8200/base',
    allowHttp: true,
    namespace: 'team/a',
    auth: { method: 'approle', roleId: 'role', secretId: new Secret('planted-secret-id'), mount: 'auth/approle' },
    caFile: '/etc/ca.pem',
    serverName: 'vault.internal',
    acceptAnyCertificate: true,
    renewal: { checkIntervalMs: 1000, renewBelowMs: 2000 },
    mount: 'kv/v2',
    prefix: 'apps/shop.prod',
    softDelete: true,
    maxEntryBytes: 524_288,
    watchIntervalMs: 1000,
  }
  expect(parse(all)).toMatchObject(all)
})

it('says everything that is wrong at once, and nothing that is secret', () => {
  expect(
    problemsOf({
      address: 'http://vault:8200',
      auth: { method: 'token', token: 'planted token with\nbreaks' },
      mount: '/secret',
      prefix: 'a/../b',
      namespace: 'two words',
      ca: 'no certificate',
      caFile: '/etc/ca.pem',
      renewal: { checkIntervalMs: 0, renewBelowMs: -1 },
      maxEntryBytes: 1,
      watchIntervalMs: 1000.5,
      softDelete: 'yes',
      logger: {},
      unknown: true,
    }).toSorted(),
  ).toEqual(
    [
      'address',
      'auth.token',
      'mount',
      'prefix',
      'namespace',
      'ca',
      'caFile',
      'renewal.checkIntervalMs',
      'renewal.renewBelowMs',
      'maxEntryBytes',
      'watchIntervalMs',
      'softDelete',
      'logger',
      'options',
    ].toSorted(),
  )
})

describe('the address', () => {
  it.each([
    'https://vault',
    'https://vault:8200/',
    'https://[::1]:8200',
    'http://127.0.0.1:8200',
    'http://localhost',
    'http://[::1]:8200',
  ])('takes %s', (address) => expect(problemsOf({ ...sound, address })).toEqual([]))
  it.each([
    'vault:8200',
    'ftp://vault',
    'https://user:planted@vault',
    'https://vault?x=1',
    'https://vault#x',
    '',
    'http://127.example.com',
    'http://10.0.0.1:8200',
  ])('refuses %s', (address) => expect(problemsOf({ ...sound, address })).toEqual(['address']))
})

describe('a path', () => {
  it.each(['secret', 'kv/v2', 'a.b/c_d-e', 'team.', 'A1'])('takes %s', (path) =>
    expect(problemsOf({ ...sound, mount: path, prefix: path })).toEqual([]),
  )
  it.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    '.',
    '..',
    'a/..',
    'a..b',
    '.a',
    'a b',
    'a%20b',
    'a?b',
    'a~b',
    'ä',
    'x'.repeat(257),
  ])('refuses %j', (path) => expect(problemsOf({ ...sound, mount: path, prefix: path })).toEqual(['mount', 'prefix']))
})

describe('the auth', () => {
  it.each<readonly [string, unknown, readonly string[]]>([
    ['no method', { token: 'planted' }, ['auth.method']],
    ['an unknown method', { method: 'ldap' }, ['auth.method']],
    ['an empty token', { method: 'token', token: '' }, ['auth.token']],
    ['a token that no header carries', { method: 'token', token: new Secret('planted\n') }, ['auth.token']],
    ['no file', { method: 'token-file' }, ['auth.tokenFile']],
    ['no role id', { method: 'approle', secretId: 'planted' }, ['auth.roleId']],
    [
      'two secret ids',
      { method: 'approle', roleId: 'r', secretId: 'planted', secretIdFile: '/run/secret' },
      ['auth.secretIdFile'],
    ],
    ['no role', { method: 'kubernetes' }, ['auth.role']],
  ])('refuses %s', (_, auth, problems) => expect(problemsOf({ ...sound, auth })).toEqual(problems))

  it.each<readonly [unknown, unknown]>([
    [
      { method: 'approle', roleId: 'r' },
      { method: 'approle', roleId: 'r', mount: 'approle' },
    ],
    [
      { method: 'kubernetes', role: 'app' },
      {
        method: 'kubernetes',
        role: 'app',
        mount: 'kubernetes',
        tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
      },
    ],
  ])('completes %j', (auth, completed) => expect(parse({ ...sound, auth }).auth).toEqual(completed))
})
