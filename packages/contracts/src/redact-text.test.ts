import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSecretName, redactText } from './redact-text.ts'

const planted = 'Pl4nt3d-7f3a'

it.each([
  `postgres://user:${planted}@host:5432/db`,
  `postgres://user:p@${planted}@host/db`,
  `postgres://user:p/${planted}@host/db`,
  `cannot reach "amqps://u:${planted}@host"`,
  `Authorization: Bearer ${planted}`,
  `authorization: ApiKey ${planted}`,
  `{"headers":{"Authorization":"Basic ${planted}"}}`,
  `Cookie: session=1; other=${planted}`,
  `request with Bearer ${planted} failed`,
  `password=${planted}`,
  `password="with space, ${planted}"`,
  `password='with "quote" ${planted}'`,
  `password: a,${planted}`,
  `{"client_secret": "a\\"b ${planted}"}`,
  JSON.stringify({ body: JSON.stringify({ password: `a ${planted}` }) }),
  JSON.stringify({ body: JSON.stringify({ inner: JSON.stringify({ token: `a "quoted" ${planted}` }) }) }),
  `DB_PASSWORD=${planted}`,
  `Server=db;Password=${planted};Encrypt=yes`,
  `AccountKey=${planted}==;EndpointSuffix=core`,
  `X-Vault-Token: ${planted}`,
  `api_key=${planted}&q=1`,
  `passphrase "${planted}`.replace(' ', ': '),
  `eyJhbGciOiJIUzI1NiJ9.eyJzdWIi${planted}.${planted}`,
  `-----BEGIN RSA PRIVATE KEY-----\n${planted}\n-----END RSA PRIVATE KEY-----`,
  `-----BEGIN PRIVATE KEY-----\n${planted} cut off`,
  `AKIA${'A1B2C3D4E5F6'}PLANTED`.replace('PLANTED', 'PL4NT3D7F3A'),
  `hvs.${planted}`,
  `ghp_${planted}`,
  `github_pat_11A_${planted}`.replaceAll('-', '_'),
  `sk_live_${planted}`,
  `xoxb-${planted}`,
  `AIza${planted}${'x'.repeat(30)}`,
])('removes the credential of %j', (text) => {
  const result = redactText(text)
  expect(result).toContain('[redacted]')
  expect(result.toLowerCase().replaceAll('_', '-')).not.toMatch(/pl4nt3d/)
})

it('keeps what names the credential and what is none', () => {
  expect(redactText('postgres://user:pw@host:5432/db refused')).toBe('postgres://[redacted]@host:5432/db refused')
  expect(redactText('Server=db;Password=pw;Encrypt=yes')).toBe('Server=db;Password=[redacted];Encrypt=yes')
  expect(redactText('{"password":"pw","port":5432}')).toBe('{"password":"[redacted]","port":5432}')
  expect(redactText('connect ECONNREFUSED 127.0.0.1:5432 https://host/path')).toBe(
    'connect ECONNREFUSED 127.0.0.1:5432 https://host/path',
  )
})

it('removes known secrets wherever they stand, the longest first, also escaped', () => {
  expect(redactText('a=abcdef b=abc', { secrets: ['abc', 'abcdef', ''] })).toBe('a=[redacted] b=[redacted]')
  expect(redactText('GET /?q=p%2Fw%20x', { secrets: ['p/w x'] })).toBe('GET /?q=[redacted]')
  expect(redactText(JSON.stringify({ a: 'x"y\n' }), { secrets: ['x"y\n'] })).toBe('{"a":"[redacted]"}')
  expect(redactText('odd \ud800 end', { secrets: ['\ud800'] })).toBe('odd [redacted] end')
})

it('never shows a known secret, whatever surrounds it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
      expect(redactText(`${before}${planted}${after}`, { secrets: [planted] })).not.toContain(planted)
    }),
  )
})

it('never shows the value of a quoted field of JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('password', 'token', 'clientSecret'), (noise, name) => {
      const text = JSON.stringify({ [name]: `${noise}${planted}`, other: 'kept' })
      expect(redactText(text)).not.toContain(planted)
      expect(redactText(text)).toContain('kept')
    }),
  )
})

it('cuts at maxLength, never through a character', () => {
  expect(redactText('x'.repeat(600))).toBe(`${'x'.repeat(500)}…`)
  expect(redactText('😀😀', { maxLength: 3 }).isWellFormed()).toBe(true)
})

it('drops what lies beyond its limit without showing half a credential', () => {
  const filler = `password=${'x'.repeat(2 ** 20 - 30)} `
  expect(redactText(`${filler}postgres://user:${planted}${'y'.repeat(100)}@host`)).not.toContain(planted)
})

const hostile = [
  'a',
  'a:',
  'a://',
  'a://a',
  'a://a@',
  'eyJ-',
  'eyJ.',
  'eyJaaaaaaaa.',
  'password',
  'password=',
  'password="',
  "password='",
  'password=\\"',
  'password\\',
  'password=\\',
  'token:\\\\"x',
  'token ',
  'token:  ',
  'bearer ',
  'authorization:\n',
  'authorization:\\',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY----------END ',
  'PRIVATE KEY',
  'AKIA',
  'AKIAAAAAAAAAAAAAAA_',
  'sk_live_',
  '\\',
  '"',
  ' ',
  '\n',
  '@',
]

it.each(hostile)('takes time in proportion to the text for a megabyte of %j', (part) => {
  const size = 1_000_000
  const texts = [
    part.repeat(size / part.length),
    `password="${part.repeat(size / part.length)}`,
    `token=\\"${part.repeat(size / part.length)}`,
    `${part}${part.at(-1)?.repeat(size)}`,
  ]
  // 30 s is a hundred times what four linear passes take on a slow machine; a quadratic one takes hours.
  runInNewContext('run()', { run: () => texts.map((text) => redactText(text).length) }, { timeout: 30_000 })
})

it('knows names of credentials by their ends', () => {
  const names = [
    'password',
    'db.PASSWORD',
    'keyring.passphrase',
    'apiKey',
    'AWS_ACCESS_KEY_ID',
    'clientSecret',
    'token',
  ]
  expect(names.filter((name) => !isSecretName(name))).toEqual([])
  expect(['tokenTtlMs', 'directory', 'keyFile', 'passwordLength', 'key'].filter(isSecretName)).toEqual([])
})
