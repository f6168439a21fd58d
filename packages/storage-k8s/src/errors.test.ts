import { describe, expect, it } from 'vitest'
import { toHoldfastError } from './errors.ts'
import { ApiRefusal } from './kubernetes-api.ts'

const call = { operation: 'store', namespace: 'shop', id: 'db/main', isWrite: true }

describe('what the API server says', () => {
  it.each<[string, unknown, object, RegExp]>([
    ['404', new ApiRefusal(404, 'NotFound', 'secrets "x" not found'), { code: 'NOT_FOUND' }, /list/],
    [
      'a missing namespace',
      new ApiRefusal(404, 'NotFound', 'namespaces "shop" not found'),
      { code: 'NOT_FOUND' },
      /create namespace shop/,
    ],
    [
      '409 at a create',
      new ApiRefusal(409, 'AlreadyExists', ''),
      { code: 'CONFLICT', reason: 'VERSION_MISMATCH' },
      /./,
    ],
    ['409 at a replace', new ApiRefusal(409, 'Conflict', ''), { code: 'CONFLICT', reason: 'VERSION_MISMATCH' }, /./],
    ['403', new ApiRefusal(403, 'Forbidden', ''), { code: 'PERMISSION_DENIED' }, /verbs: \[create, update\]/],
    [
      'a namespace on its way out',
      new ApiRefusal(403, 'Forbidden', 'because it is being terminated'),
      { code: 'PERMISSION_DENIED' },
      /another namespace/,
    ],
    ['401', new ApiRefusal(401, 'Unauthorized', ''), { code: 'UNAUTHENTICATED' }, /token/],
    ['429', new ApiRefusal(429, 'TooManyRequests', '', 2), { code: 'RATE_LIMITED', retryAfterMs: 2000 }, /./],
    ['413', new ApiRefusal(413, 'RequestEntityTooLarge', ''), { reason: 'LIMIT_EXCEEDED' }, /1 MiB/],
    [
      'an immutable secret',
      new ApiRefusal(422, 'Invalid', 'field is immutable when `immutable` is set'),
      { code: 'PERMISSION_DENIED', reason: 'READ_ONLY' },
      /Delete it/,
    ],
    ['422', new ApiRefusal(422, 'Invalid', ''), { code: 'INVALID_ARGUMENT' }, /./],
    ['400', new ApiRefusal(400, 'BadRequest', ''), { code: 'INVALID_ARGUMENT' }, /./],
    [
      '503',
      new ApiRefusal(503, '', ''),
      { code: 'UNAVAILABLE', retryable: true, details: { outcome: 'unknown' } },
      /./,
    ],
    [
      'a reset',
      Object.assign(new Error('x'), { code: 'ECONNRESET' }),
      { code: 'UNAVAILABLE', retryable: true },
      /network/,
    ],
    [
      'an unknown authority',
      Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      { code: 'UNAVAILABLE', retryable: false },
      /certificate-authority/,
    ],
    ['anything else', new Error('x'), { code: 'INTERNAL' }, /./],
  ])('is told for %s', (_, cause, expected, hint) => {
    const error = toHoldfastError(cause, call)
    expect(error).toMatchObject({ source: 'storage-k8s', operation: 'store', ...expected })
    expect(error.hint).toMatch(hint)
  })
})

describe('the outcome of a write', () => {
  const failed = (code: string, rest: object = {}): Error => Object.assign(new Error('x'), { code, ...rest })
  const refused = failed('ECONNREFUSED', { syscall: 'connect' })

  it.each<[string, unknown]>([
    ['nobody listened', refused],
    ['nobody listened at any address', failed('ECONNREFUSED', { errors: [refused, refused] })],
    ['there was no such host', failed('ENOTFOUND', { syscall: 'getaddrinfo' })],
    ['the certificate was not trusted', failed('DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['it was refused', new ApiRefusal(403, 'Forbidden', '')],
  ])('is known when %s', (_, cause) => {
    expect(toHoldfastError(cause, call).details.outcome).toBeUndefined()
  })

  it.each<[string, unknown]>([
    ['the connection broke', failed('ECONNRESET', { syscall: 'read' })],
    ['one of the addresses broke it', failed('ECONNRESET', { errors: [refused, failed('ECONNRESET')] })],
    ['the server had a problem', new ApiRefusal(500, 'InternalError', '')],
    ['nobody knows what happened', new Error('x')],
  ])('is unknown when %s', (_, cause) => {
    expect(toHoldfastError(cause, call).details.outcome).toBe('unknown')
    expect(toHoldfastError(cause, { ...call, isWrite: false }).details.outcome).toBeUndefined()
  })
})
