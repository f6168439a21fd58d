import { Secret } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { createSecretScanner } from './secret-scanner.ts'

const pem = [
  '-----BEGIN KEY-----',
  'MIIEvQIBADANBgkqhkiG9w0BAQEF',
  'AASCBKcwggSjAgEAAoIBAQC7',
  '-----END KEY-----',
].join('\n')

describe('a secret scanner', () => {
  it.each<readonly [string, (secret: string) => unknown]>([
    ['plain', (secret) => `password is ${secret}!`],
    ['plain', (secret) => new Error(`cannot log in with ${secret}`)],
    ['plain', (secret) => new Error('failed', { cause: new Error(secret) })],
    ['plain', (secret) => ({ deep: [{ er: new Map([['k', secret]]) }] })],
    ['plain', (secret) => Buffer.from(`bytes ${secret}`)],
    ['plain', (secret) => Object.defineProperty({}, 'hidden', { value: secret })],
    ['part', (secret) => `${secret.slice(0, 25)}…`],
    ['part', (secret) => `…${secret.slice(15)}`],
    ['hex', (secret) => Buffer.from(secret).toString('hex')],
    ['base64', (secret) => Buffer.from(secret).toString('base64')],
    ['base64', (secret) => Buffer.from(`x${secret}y`).toString('base64')],
    ['base64', (secret) => Buffer.from(`user:${secret}`).toString('base64url')],
    ['bytes', (secret) => ({ value: new TextEncoder().encode(secret) })],
    ['bytes', (secret) => JSON.stringify({ value: Buffer.from(secret) })],
    ['bytes', (secret) => ({ value: Buffer.from(secret) })],
  ])('finds a secret that is shown %s', (form, show) => {
    const scanner = createSecretScanner()
    const secret = scanner.plant('token')
    scanner.look('there', show(secret))
    expect(scanner.leaks).toEqual([{ label: 'token', where: 'there', form }])
    expect(() => scanner.assertNone()).toThrow('token in there')
    expect(() => scanner.assertNone()).not.toThrow(secret)
  })

  it('finds what has a form of its own, escaped, in a URL or line by line', () => {
    const scanner = createSecretScanner()
    scanner.watch('escaped', 'pass"word\\with')
    scanner.watch('url', 'pass word/with&')
    scanner.watch('pem', pem)
    scanner.look('json', JSON.stringify({ password: 'pass"word\\with' }))
    scanner.look('query', `?p=${encodeURIComponent('pass word/with&')}`)
    scanner.look(
      'lines',
      pem.split('\n').map((line) => `> ${line}`),
    )
    expect(scanner.leaks.map(({ label, form }) => [label, form])).toEqual([
      ['escaped', 'escaped'],
      ['url', 'url'],
      ['pem', 'line'],
    ])
  })

  it('is content with what shows nothing, and counts each place once', () => {
    const scanner = createSecretScanner()
    const secret = scanner.plant('token')
    scanner.look('a Secret', { secret: new Secret(secret) })
    scanner.look('its label', 'token')
    expect(() => scanner.assertNone()).not.toThrow()
    const circular: Record<string, unknown> = { secret }
    circular.self = circular
    scanner.look('loop', circular)
    scanner.look('loop', circular)
    expect(scanner.leaks).toHaveLength(1)
  })

  it('does not pass when nothing was planted or looked at', () => {
    const scanner = createSecretScanner()
    expect(() => scanner.assertNone()).toThrow('nothing was planted')
    scanner.plant('token')
    expect(() => scanner.assertNone()).toThrow('nothing was looked at')
    expect(() => scanner.watch('short', '1234567')).toThrow('too short')
  })

  it('plants secrets that differ', () => {
    const scanner = createSecretScanner()
    expect(scanner.plant('a')).not.toBe(scanner.plant('a'))
  })
})
