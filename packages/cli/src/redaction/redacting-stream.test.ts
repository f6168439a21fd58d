import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRedactingStream } from './redacting-stream.ts'
import { minRedactedBytes, redactionPatterns } from './redaction-patterns.ts'
import { createRedactor } from './redactor.ts'

const redact = (secret: string | Uint8Array, output: string): string => {
  const redactor = createRedactor(redactionPatterns([secret]))
  return Buffer.concat([redactor.push(Buffer.from(output)), redactor.end()]).toString()
}

const secret = `f4ke "pa55"/wörd+x'y&z=`

test.each([
  ['as it is', secret, '[redacted]'],
  ['in base64', Buffer.from(secret).toString('base64'), '[redacted]'],
  ['in base64url', Buffer.from(secret).toString('base64url'), '[redacted]'],
  ['in hexadecimal', Buffer.from(secret).toString('hex'), '[redacted]'],
  ['in upper-case hexadecimal', Buffer.from(secret).toString('hex').toUpperCase(), '[redacted]'],
  ['percent-encoded', encodeURIComponent(secret), '[redacted]'],
  [
    'percent-encoded in lower case',
    encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
    '[redacted]',
  ],
  ['form-encoded', new URLSearchParams({ a: secret }).toString(), 'a=[redacted]'],
  ['in JSON', JSON.stringify({ a: secret }), '{"a":"[redacted]"}'],
  ['in JSON in JSON', JSON.stringify({ a: JSON.stringify({ b: secret }) }), '{"a":"{\\"b\\":\\"[redacted]\\"}"}'],
])('a secret is redacted %s', (_name, output, expected) => {
  expect(redact(secret, output)).toBe(expected)
})

test.each([0, 1, 2, 3, 4, 5])('a secret is redacted inside a longer base64 text, %i bytes in', (offset) => {
  const token = 'f4ke-token-0123456789'
  const clear = `${'user:'.slice(0, offset)}${token}`
  for (const output of [Buffer.from(clear).toString('base64'), Buffer.from(`${clear}!!`).toString('base64')]) {
    const shown = redact(token, output).replace('[redacted]', '|')
    expect(shown).toContain('|')
    // Every character that holds bits of the token alone is gone.
    const whole = Math.floor(((offset + token.length) * 8) / 6) - Math.ceil((offset * 8) / 6)
    expect(shown.length - 1).toBeLessThanOrEqual(output.length - whole)
  }
})

test.each([64, 76])('base64 that is broken into lines of %i columns is redacted', (width) => {
  const long = 'f4ke-'.repeat(60)
  const lines =
    Buffer.from(long)
      .toString('base64')
      .match(new RegExp(`.{1,${width}}`, 'g')) ?? []
  expect(redact(long, `${lines.join('\n')}\n`)).toBe(`${lines.map(() => '[redacted]').join('\n')}\n`)
})

test('a secret that a program has trimmed is redacted', () => {
  expect(redact(' f4ke-1\n', 'got f4ke-1.')).toBe('got [redacted].')
})

test('a secret inside a longer text is redacted in every encoding of the whole, whatever stands around it', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 10 })
  const planted = text.filter((value) => Buffer.byteLength(value.trim()) >= minRedactedBytes)
  fc.assert(
    fc.property(planted, text, text, (value, before, after) => {
      const whole = Buffer.from(before + value + after)
      const first = Buffer.byteLength(before)
      const last = first + Buffer.byteLength(value)
      for (const encoding of ['base64', 'base64url'] as const) {
        const encoded = whole.toString(encoding)
        const own = encoded.slice(Math.ceil((first * 8) / 6), Math.floor((last * 8) / 6))
        expect(redact(value, encoded)).not.toContain(own)
      }
      expect(redact(value, whole.toString('hex'))).not.toContain(whole.subarray(first, last).toString('hex'))
      expect(redact(value, encodeURIComponent(before + value + after))).not.toContain(encodeURIComponent(value))
      expect(redact(value, JSON.stringify([before + value + after]))).not.toContain(JSON.stringify(value).slice(1, -1))
      expect(redact(value, before + value + after)).not.toContain(value)
    }),
    { numRuns: 300 },
  )
})

test('what console.log prints of an object is redacted', () => {
  const multiline = `line one of it\nline "two" isn't`
  expect(inspect({ secret: multiline })).toContain('\\n')
  expect(redact(multiline, inspect({ secret: multiline }))).not.toMatch(/line/)
})

test('each long line of a multi-line secret is redacted by itself, its PEM frame is not', () => {
  const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'
  const pem = `-----BEGIN PRIVATE KEY-----\n${body}\nAAAA==\n-----END PRIVATE KEY-----\n`
  expect(redact(pem, `key: ${body}!`)).toBe('key: [redacted]!')
  expect(redact(pem, '-----BEGIN PRIVATE KEY-----\nAAAA==')).toBe('-----BEGIN PRIVATE KEY-----\nAAAA==')
  expect(redact(pem, `x${pem}y`)).toBe('x[redacted]y')
})

test('the password of a connection string is redacted by itself, host and user are not', () => {
  const url = 'postgres://orders:p%40ss-w0rd@db.acme.example:5432/orders'
  expect(redact(url, 'orders p@ss-w0rd p%40ss-w0rd db.acme.example')).toBe(
    'orders [redacted] [redacted] db.acme.example',
  )
})

test('texts inside a JSON value are redacted by themselves, names of users and hosts and short words are not', () => {
  const value = JSON.stringify({
    username: 'orders',
    password: 'pa55',
    tls: 'true',
    nested: { salt: 's4lt-123', port: 5432 },
  })
  expect(redact(value, 'orders pa55 s4lt-123 5432 true')).toBe('orders [redacted] [redacted] 5432 true')
})

test('a secret that is too short to be redacted is left alone', () => {
  expect(redactionPatterns(['a'.repeat(minRedactedBytes - 1), ''])).toEqual([])
  expect(redact('a'.repeat(minRedactedBytes), 'aaaa')).toBe('[redacted]')
})

test('bytes that are no text are redacted', () => {
  const key = Uint8Array.of(0xff, 0xfe, 0, 1, 2, 3, 0x80)
  expect(redact(key, Buffer.from(key).toString('hex'))).toBe('[redacted]')
})

test('the stream redacts across chunks and gives the rest at its end', async () => {
  const stream = createRedactingStream(['hunter22-secret'])
  stream.write('a hunter2')
  stream.write('2-sec')
  stream.write('ret b hunter')
  stream.end()
  expect(await text(stream)).toBe('a [redacted] b hunter')
})
