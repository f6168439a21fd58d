import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SecretValue } from '@holdfast/contracts'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { createTestManager, failureOf } from '../../test/support/manager.ts'
import type { Credential } from '../manager/credential.ts'
import { apiKey } from './api-key.ts'
import { type AwsKeys, awsKeys } from './aws-keys.ts'
import { basic } from './basic.ts'
import { bearer } from './bearer.ts'
import type { CredentialKind } from './credential-kind.ts'
import { database } from './database.ts'
import { defineKind } from './define-kind.ts'
import { builtInKinds } from './kind-registry.ts'
import { opaque } from './opaque.ts'
import { readAsKind } from './read-as-kind.ts'
import { type SshKey, sshKey } from './ssh-key.ts'
import { tlsCertificate } from './tls-certificate.ts'

const vector = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../test/vectors/keys', name), 'utf8')
const problemsOf = (kind: CredentialKind, value: SecretValue): readonly string[] =>
  kind.definition.read(value).problems ?? []
const jwt = (claims: object): string =>
  `eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`

describe('kinds', () => {
  it('give references of their own type', async () => {
    const { manager } = createTestManager()
    expectTypeOf(() => manager.retrieve(apiKey('a'))).returns.toEqualTypeOf<Promise<Credential<string>>>()
    expectTypeOf(() => manager.retrieve(awsKeys('a'))).returns.toEqualTypeOf<Promise<Credential<AwsKeys>>>()
    expectTypeOf(() => manager.retrieve(sshKey('a'))).returns.toEqualTypeOf<Promise<Credential<SshKey>>>()
    expectTypeOf(() => manager.retrieve(opaque('a'))).returns.toEqualTypeOf<Promise<Credential<SecretValue>>>()
    // @ts-expect-error a number is no AWS key
    await failureOf(manager.store(awsKeys('a'), { accessKeyId: 7 }))
    expect(apiKey('a/b')).toEqual({ id: 'a/b', kind: apiKey.definition })
    expect(() => apiKey('a/')).toThrow(/not valid/)
  })

  it('read what they have read as the same, whatever it is', () => {
    const values = fc.oneof(fc.string(), fc.uint8Array(), fc.object({ maxDepth: 1 }), fc.webUrl())
    fc.assert(
      fc.property(values, fc.constantFrom(...builtInKinds), (value, kind) => {
        const first = readAsKind(kind.definition, value)
        if (first.problems !== undefined) return
        expect(readAsKind(kind.definition, first.value)).toEqual(first)
      }),
    )
  })

  it.each(['sk_live_1', '!~'])('api-key takes %s', (key) => {
    expect(apiKey.definition.read(key)).toEqual({ value: key })
  })

  it.each(['', 'two words', 'line\n', 'ümlaut', new Uint8Array(1), ['x'], 'x'.repeat(65_537)])(
    'api-key refuses %#',
    (key) => {
      expect(problemsOf(apiKey, key)).toHaveLength(1)
    },
  )

  it('basic takes name and password, and refuses a colon in the name, line breaks, and other fields', () => {
    expect(basic.definition.read({ username: 'u', password: 'p w' })).toEqual({
      value: { username: 'u', password: 'p w' },
    })
    expect(problemsOf(basic, { username: 'u:v', password: 'a\nb' })).toEqual([
      'username contains a colon',
      'password contains a line break or another control character',
    ])
    expect(problemsOf(basic, { username: '', extra: 'x' })).toEqual([
      'must have no fields but username, password',
      'username is empty',
      'password is missing',
    ])
    expect(problemsOf(basic, { username: 7, password: {} })).toEqual([
      'username must be a string',
      'password must be a string',
    ])
    for (const value of ['x', new Uint8Array(1), []])
      expect(problemsOf(basic, value)).toEqual(['must be an object with username, password'])
  })

  it('bearer takes a token as text or with what refreshes it, and the expiry of a JSON Web Token', () => {
    expect(bearer.definition.read('abc')).toEqual({ value: { accessToken: 'abc' }, expiresAt: undefined })
    const token = jwt({ exp: 1_800_000_000 })
    expect(bearer.definition.read(token).value).toEqual({ accessToken: token })
    expect(bearer.definition.read(token)).toMatchObject({ expiresAt: '2027-01-15T08:00:00.000Z' })
    const refreshable = {
      accessToken: token,
      refreshToken: 'r',
      tokenUrl: 'https://issuer.test/token',
      clientId: 'c',
      clientSecret: 's',
      grantedScopes: 'a b',
    }
    expect(bearer.definition.read(refreshable)).toEqual({ value: refreshable, expiresAt: undefined })
    for (const odd of [
      jwt({ exp: 'soon' }),
      jwt({ exp: 1e300 }),
      jwt({}),
      'eyJ.%%%.x',
      'eyJhbGciOiJub25lIn0',
      'eyJ.bnVsbA.x',
    ]) {
      const { problems, ...reading } = bearer.definition.read(odd)
      expect(problems === undefined && 'expiresAt' in reading ? reading.expiresAt : undefined).toBeUndefined()
    }
    expect(problemsOf(bearer, { accessToken: 'a b', tokenUrl: 'ftp://x', clientId: '' })).toEqual([
      'accessToken contains a space, a line break or a character outside ASCII',
      'tokenUrl must be an http or https URL',
      'clientId is empty',
    ])
    expect(problemsOf(bearer, { accessToken: 'a', tokenUrl: 'https://user:pw@x.test' })).toEqual([
      'tokenUrl must not contain a user name or password',
    ])
  })

  it('database takes parts or a URL, and says of each part what is wrong', () => {
    expect(database.definition.read('mysql://root@[::1]:3306/app').value).toEqual({
      engine: 'mysql',
      host: '[::1]',
      port: 3306,
      username: 'root',
      database: 'app',
    })
    expect(database.definition.read('mongodb://host-a/db').value).toEqual({
      engine: 'mongodb',
      host: 'host-a',
      database: 'db',
    })
    expect(database.definition.read(' redis://:pw@cache:6379 ').value).toEqual({
      engine: 'redis',
      host: 'cache',
      port: 6379,
      password: 'pw',
    })
    for (const text of ['', 'db/main', 'postgres://', 'postgres://u:%zz@h/d', 'postgres://h:99999/d'])
      expect(problemsOf(database, text)).toHaveLength(1)
    expect(problemsOf(database, { engine: 'Postgres!', host: 'https://x', port: 0, database: '' })).toEqual([
      'engine must be a URL scheme such as postgres',
      'host must be a host name or an IP address, without scheme and port',
      'port must be between 1 and 65535',
      'database is empty',
    ])
    for (const port of [65_536, 1.5, Number.NaN, '5432', -1]) {
      expect(problemsOf(database, { engine: 'pg', host: 'h', port })).toHaveLength(1)
    }
  })

  it('tls-certificate takes a certificate with its key and expires with it', () => {
    const certificate = vector('tls.crt.pem')
    const privateKey = vector('tls.key.pem')
    const reading = tlsCertificate.definition.read({ certificate, privateKey, authorities: certificate })
    expect(reading).toMatchObject({ value: { certificate, privateKey }, expiresAt: '2126-10-28T07:42:13.000Z' })
    const chain = certificate + vector('short.crt.pem')
    expect(tlsCertificate.definition.read({ certificate: chain, privateKey })).toMatchObject({
      expiresAt: '2026-12-21T07:42:13.000Z',
    })
    expect(problemsOf(tlsCertificate, { certificate: vector('short.crt.pem'), privateKey })).toEqual([
      'privateKey does not belong to the certificate',
    ])
    expect(problemsOf(tlsCertificate, { certificate, privateKey: vector('encrypted.key.pem') })).toEqual([
      'privateKey must be an unencrypted private key in PEM',
    ])
    const damaged = certificate.replace(/[A-Za-z0-9+/]{20}/, 'A'.repeat(20))
    expect(problemsOf(tlsCertificate, { certificate: damaged, privateKey: 'x', authorities: 'y' })).toEqual([
      'certificate must be one or more certificates in PEM',
      'privateKey must be an unencrypted private key in PEM',
      'authorities must be one or more certificates in PEM',
    ])
    expect(problemsOf(tlsCertificate, certificate)).toHaveLength(1)
  })

  it('takes the expiry of a certificate, or an earlier one that the call gives', async () => {
    const { manager } = createTestManager()
    const value = { certificate: vector('tls.crt.pem'), privateKey: vector('tls.key.pem') }
    const stored = await manager.store(tlsCertificate('tls'), value)
    expect(stored.metadata.expiresAt).toBe('2126-10-28T07:42:13.000Z')
    const earlier = await manager.store(tlsCertificate('tls'), value, { expiresAt: '2030-01-01T00:00:00Z' })
    expect(earlier.metadata.expiresAt).toBe('2030-01-01T00:00:00.000Z')
    const later = await manager.update(tlsCertificate('tls'), value, { expiresAt: '2200-01-01T00:00:00Z' })
    expect(later.metadata.expiresAt).toBe('2126-10-28T07:42:13.000Z')
  })

  it('ssh-key takes keys of OpenSSH and PEM, encrypted ones with their passphrase', () => {
    const plain = vector('ssh-plain.key')
    const encrypted = vector('ssh-encrypted.key')
    expect(sshKey.definition.read(plain).value).toEqual({ privateKey: plain })
    expect(problemsOf(sshKey, { privateKey: plain, publicKey: vector('ssh-plain.pub.txt') })).toEqual([])
    expect(problemsOf(sshKey, { privateKey: encrypted, passphrase: 'open-sesame' })).toEqual([])
    expect(problemsOf(sshKey, encrypted)).toEqual(['privateKey is encrypted and passphrase is missing'])
    expect(problemsOf(sshKey, vector('tls.key.pem'))).toEqual([])
    expect(problemsOf(sshKey, { privateKey: vector('encrypted.key.pem'), passphrase: 'open-sesame' })).toEqual([])
    expect(problemsOf(sshKey, { privateKey: vector('encrypted.key.pem'), passphrase: 'wrong' })).toEqual([
      'privateKey is not a key that this passphrase opens',
    ])
    expect(problemsOf(sshKey, 'no key')).toHaveLength(1)
    expect(problemsOf(sshKey, { privateKey: plain, publicKey: 'not one line\nof it' })).toEqual([
      'publicKey must be one line as in authorized_keys',
    ])
    const [head, body = '', tail] = [plain.slice(0, 36), plain.slice(36, -34), plain.slice(-34)]
    expect(problemsOf(sshKey, `${head}${body.slice(0, 70)}\n${tail}`)).toEqual(['privateKey is cut off'])
    expect(problemsOf(sshKey, `${head}QUJD\n${tail}`)).toEqual(['privateKey is damaged: it is not a key of OpenSSH'])
  })

  it('aws-keys checks the forms that AWS documents', () => {
    const keys = {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      region: 'eu-west-1',
    }
    expect(awsKeys.definition.read(keys)).toEqual({ value: keys })
    const temporary = { ...keys, accessKeyId: 'ASIAIOSFODNN7EXAMPLE' }
    expect(problemsOf(awsKeys, temporary)).toEqual(['sessionToken is missing, which temporary keys (ASIA\u2026) need'])
    expect(problemsOf(awsKeys, { ...temporary, sessionToken: 'token' })).toEqual([])
    expect(problemsOf(awsKeys, { accessKeyId: 'AKIA', secretAccessKey: 'short', region: 'Europe' })).toHaveLength(3)
  })

  it('opaque takes anything', () => {
    for (const value of ['', new Uint8Array(), { a: 1 }]) expect(opaque.definition.read(value)).toEqual({ value })
  })
})

describe('defineKind', () => {
  const acme = defineKind<string>({
    name: 'acme-token',
    read: (value) =>
      typeof value === 'string' && value.startsWith('acme_')
        ? { value, expiresAt: '2030-01-01T00:00:00.000Z' }
        : { problems: ['must begin with acme_'] },
  })

  it('makes a kind that is checked, typed and known by name', async () => {
    const { manager } = createTestManager({ kinds: [acme] })
    const stored = await manager.store('a', 'acme_1', { kind: 'acme-token' })
    expect(stored.metadata).toMatchObject({ kind: 'acme-token', expiresAt: '2030-01-01T00:00:00.000Z' })
    expectTypeOf(() => manager.retrieve(acme('a'))).returns.toEqualTypeOf<Promise<Credential<string>>>()
    expect((await manager.retrieve(acme('a'))).value.reveal()).toBe('acme_1')
    expect(await failureOf(manager.update('a', 'other'))).toMatchObject({ reason: 'VALUE_MALFORMED' })
    expect(await failureOf(manager.store(acme('a'), 'acme_2', { kind: 'api-key' }))).toMatchObject({
      reason: 'KIND_MISMATCH',
    })
    await manager.store(acme('a'), 'acme_2', { kind: 'acme-token' })
  })

  it('keeps what a kind throws to itself, and refuses what it cannot store', async () => {
    const { manager } = createTestManager()
    const throwing = defineKind<string>({
      name: 'throwing',
      read: (value) => {
        throw new RangeError(`planted ${String(value)}`)
      },
    })
    const error = await failureOf(manager.store(throwing('a'), 'secret'))
    expect(error).toMatchObject({
      reason: 'VALUE_MALFORMED',
      details: { problems: ['the check of throwing failed with RangeError'] },
    })
    const silly = defineKind<object>({ name: 'silly', read: () => ({ value: new Map() }) })
    expect(await failureOf(manager.store(silly('a'), 'x'))).toMatchObject({ reason: 'VALUE_MALFORMED' })
    const odd = defineKind<string>({
      name: 'odd',
      read: () => {
        throw 'planted'
      },
    })
    expect((await failureOf(manager.store(odd('a'), 'x'))).message).not.toContain('planted')
  })

  it.each(['', 'Acme', '1x', 'a_b', 'x'.repeat(64), 7])('refuses the name %s', (name) => {
    expect(() => defineKind({ name: name as string, read: () => ({ value: '' }) })).toThrow(/name/)
    expect(() => defineKind({ name: 'fine', read: undefined as never })).toThrow(/read/)
  })
})
