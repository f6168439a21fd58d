import { HoldfastError } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { answerMeanings, connectionMeanings, toHoldfastError, tokenRefused } from './errors.ts'
import { isRefusal, refusalOf } from './vault-refusal.ts'

const site = { operation: 'store', id: 'db/main', path: 'secret/data/db/main', capabilities: ['create', 'update'] }
const connectionError = (code: string): Error => Object.assign(new Error('it broke'), { code })
const refusal = (status: number, problems: readonly string[], headers = {}, wallNow = 0) =>
  refusalOf({ status, headers }, problems, wallNow)

describe('errors of the connection', () => {
  it.each(Object.entries(connectionMeanings))('%s', (code, meaning) => {
    const error = toHoldfastError(connectionError(code), { ...site, isWrite: true })
    expect(error).toMatchObject({ code: meaning.code, operation: 'store', source: 'storage-vault' })
    expect(error.message).toContain(`store of "db/main" failed: ${meaning.problem}.`)
    expect(error.details.outcome).toBe(meaning.hasNoEffect === true ? undefined : 'unknown')
  })

  it.each([
    ['HPE_HEADER_OVERFLOW', 'UNAVAILABLE'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'UNAVAILABLE'],
    ['ENOBUFS', 'INTERNAL'],
    ['__proto__', 'INTERNAL'],
  ])('%s', (code, expected) => {
    expect(toHoldfastError(connectionError(code), site).code).toBe(expected)
  })

  it('are retried unless a certificate stands in the way', () => {
    expect(toHoldfastError(connectionError('ECONNREFUSED'), site).retryable).toBe(true)
    expect(toHoldfastError(connectionError('CERT_HAS_EXPIRED'), site).retryable).toBe(false)
  })
})

describe('refusals of the server', () => {
  it.each<readonly [number, string, string, string | undefined]>([
    [400, 'check-and-set parameter did not match the current version', 'CONFLICT', 'VERSION_MISMATCH'],
    [400, 'invalid role or secret ID', 'UNAUTHENTICATED', undefined],
    [400, 'missing client token', 'UNAUTHENTICATED', undefined],
    [400, 'no data provided', 'INVALID_ARGUMENT', undefined],
    [401, '', 'UNAUTHENTICATED', undefined],
    [403, '1 error occurred:\n\t* permission denied\n\n', 'PERMISSION_DENIED', undefined],
    [404, 'namespace not found', 'UNAVAILABLE', undefined],
    [404, 'no handler for route "nope/data/a". route entry not found.', 'UNAVAILABLE', undefined],
    [404, '', 'NOT_FOUND', undefined],
    [405, 'unsupported operation', 'UNSUPPORTED', undefined],
    [412, 'required index state not present', 'UNAVAILABLE', undefined],
    [413, 'http: request body too large', 'INVALID_ARGUMENT', 'LIMIT_EXCEEDED'],
    [429, 'request path "secret/data/a": rate limit quota exceeded', 'RATE_LIMITED', undefined],
    [429, 'request path "database/creds/a": lease count quota exceeded', 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED'],
    [500, 'put failed due to value being too large', 'INVALID_ARGUMENT', 'LIMIT_EXCEEDED'],
    [500, 'internal error', 'UNAVAILABLE', undefined],
    [501, '', 'UNAVAILABLE', undefined],
    [502, 'bad gateway', 'UNAVAILABLE', undefined],
    [503, 'Vault is sealed', 'UNAVAILABLE', undefined],
    [503, 'node not active but active cluster node not found', 'UNAVAILABLE', undefined],
    [302, '', 'INTERNAL', undefined],
  ])('%i %s is %s', (status, problem, code, reason) => {
    const error = toHoldfastError(refusal(status, problem === '' ? [] : [problem]), site)
    expect([error.code, error.reason, error.details.status]).toEqual([code, reason, status])
  })

  it('every row of the table is met', () => {
    const met = new Set(answerMeanings.map(({ status }) => status))
    expect([...met].sort()).toEqual([400, 401, 403, 404, 405, 412, 413, 429, 500, 501, 503])
  })

  it('a denied request names the path, the capabilities and the rule to add', () => {
    const error = toHoldfastError(refusal(403, ['permission denied']), site)
    expect(error.message).toBe(
      'store of "db/main" failed: no policy of the token allows create and update on secret/data/db/main. Add to a policy of the token: path "secret/data/db/main" { capabilities = ["create","update"] }.',
    )
    expect(error.details).toEqual({
      id: 'db/main',
      path: 'secret/data/db/main',
      capabilities: ['create', 'update'],
      status: 403,
    })
  })

  it.each<readonly [string | undefined, number | undefined]>([
    ['30', 30_000],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 60_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('Retry-After: %s', (header, retryAfterMs) => {
    const headers = header === undefined ? {} : { 'retry-after': header }
    expect(toHoldfastError(refusal(429, [], headers), site).retryAfterMs).toBe(retryAfterMs)
  })

  it('a write that may have happened says so', () => {
    const outcome = (status: number, problem: string) =>
      toHoldfastError(refusal(status, [problem]), { ...site, isWrite: true }).details.outcome
    expect([outcome(500, 'internal error'), outcome(503, 'no active node')]).toEqual(['unknown', 'unknown'])
    expect([outcome(503, 'Vault is sealed'), outcome(429, 'quota'), outcome(403, 'denied')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('are told apart by status and text', () => {
    const error = refusal(400, ['check-and-set parameter required for this call'])
    expect([isRefusal(error), isRefusal(error, 400, /required/), isRefusal(error, 403)]).toEqual([true, true, false])
    expect(isRefusal(new Error('permission denied'), 403)).toBe(false)
  })
})

it('an error that is translated already stays as it is', () => {
  const error = tokenRefused(site, 'token', new Error('403'))
  expect(toHoldfastError(error, { operation: 'close' })).toBe(error)
  expect(HoldfastError.is(error, 'UNAUTHENTICATED')).toBe(true)
  expect(error.hint).toContain('give a new one')
  expect(tokenRefused({ operation: 'health' }, 'approle', new Error('403')).hint).toContain('Logging in again')
})
