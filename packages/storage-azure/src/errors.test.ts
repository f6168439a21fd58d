import { HoldfastError, originalError } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { toHoldfastError } from './errors.ts'

const failure = (fields: object, message = 'planted-token in a message'): Error =>
  Object.assign(new Error(message), fields)

const answered = (statusCode: number, code?: string, innerError?: string): Error =>
  failure({
    statusCode,
    code,
    details: { error: { code, ...(innerError === undefined ? {} : { innerError: { code: innerError } }) } },
  })

describe('what the client throws', () => {
  it.each<[string, Error, object]>([
    ['a missing secret', answered(404, 'SecretNotFound'), { code: 'NOT_FOUND' }],
    ['a disabled secret', answered(403, 'Forbidden', 'SecretDisabled'), { code: 'PERMISSION_DENIED', hint: /Enable/ }],
    [
      'a missing role',
      answered(403, 'Forbidden', 'ForbiddenByRbac'),
      { code: 'PERMISSION_DENIED', hint: /Secrets User/ },
    ],
    ['a missing policy', answered(403, 'Forbidden', 'ForbiddenByPolicy'), { hint: /secret permissions get/ }],
    ['the firewall', answered(403, 'Forbidden', 'ForbiddenByFirewall'), { hint: /networking/ }],
    ['any other refusal', answered(403), { code: 'PERMISSION_DENIED' }],
    ['a bad token', answered(401, 'Unauthorized'), { code: 'UNAUTHENTICATED' }],
    ['throttling', answered(429, 'Throttled'), { code: 'RATE_LIMITED', retryable: true }],
    ['something malformed', answered(400, 'BadParameter'), { code: 'INVALID_ARGUMENT' }],
    ['a conflict', answered(409, 'Conflict'), { code: 'CONFLICT' }],
    ['a broken vault', answered(503), { code: 'UNAVAILABLE', retryable: true }],
    ['a refused connection', failure({ code: 'ECONNREFUSED' }), { code: 'UNAVAILABLE', retryable: true }],
    ['an unknown host', failure({ code: 'ENOTFOUND' }), { code: 'UNAVAILABLE', hint: /DNS/ }],
    ['an unknown authority', failure({ code: 'SELF_SIGNED_CERT_IN_CHAIN' }), { retryable: false, hint: /caFile/ }],
    ['no credential', failure({ name: 'CredentialUnavailableError' }), { code: 'UNAUTHENTICATED', hint: /az login/ }],
    ['anything else', failure({}), { code: 'INTERNAL' }],
  ])('is told for %s', (_, cause, expected) => {
    const error = toHoldfastError(cause, { operation: 'retrieve', id: 'db/main' })
    const { hint, ...rest } = { hint: /./, ...expected } as { hint: RegExp }
    expect(error).toMatchObject({ ...rest, source: 'storage-azure', operation: 'retrieve', details: { id: 'db/main' } })
    expect(error.hint).toMatch(hint)
    expect(error.message).not.toContain('planted-token')
    expect(originalError(error)).toBe(cause)
  })

  it('names the role that writing needs', () => {
    const error = toHoldfastError(answered(403, 'Forbidden', 'ForbiddenByRbac'), { operation: 'store', id: 'a' })
    expect(error.hint).toContain('Key Vault Secrets Officer')
  })

  it('says how long to wait', () => {
    const headers = new Headers({ 'retry-after': '7' })
    const error = toHoldfastError(failure({ statusCode: 429, response: { headers } }), { operation: 'store' })
    expect(error.retryAfterMs).toBe(7000)
  })

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'SELF_SIGNED_CERT_IN_CHAIN'])(
    'says nothing of the kind of a write that was never sent (%s)',
    (code) => {
      const error = toHoldfastError(failure({ code }), { operation: 'store', id: 'a', isWrite: true })
      expect(error.details.outcome).toBeUndefined()
    },
  )

  it('says that a write may have arrived', () => {
    const lost = failure({ code: 'ECONNRESET' })
    expect(toHoldfastError(lost, { operation: 'store', id: 'a', isWrite: true }).details.outcome).toBe('unknown')
    expect(toHoldfastError(lost, { operation: 'retrieve', id: 'a' }).details.outcome).toBeUndefined()
  })

  it('leaves ours alone', () => {
    const ours = new HoldfastError({ code: 'CLOSED', source: 'x', operation: 'y', message: 'm', hint: 'h' })
    expect(toHoldfastError(ours, { operation: 'store' })).toBe(ours)
  })
})
