import { inspect } from 'node:util'
import { HoldfastError } from '@holdfast/contracts'
import { expectRejection, sampleRecord, sampleValueMarker } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { wireError } from '../test/support/documented-client.ts'
import { createInProcessClient, plantedSecretKey, type WireAnswer } from '../test/support/in-process-client.ts'
import { createAwsStorage } from './aws-storage.ts'
import { conditionOf, conditions, mayHaveArrived, toHoldfastError } from './errors.ts'

const failing = (answer: WireAnswer) =>
  createAwsStorage({ client: createInProcessClient(() => answer), prefix: 'shop' })

const retrieveError = async (answer: WireAnswer): Promise<HoldfastError> => {
  const error: unknown = await failing(answer)
    .retrieve('db')
    .catch((thrown: unknown) => thrown)
  if (!HoldfastError.is(error)) throw new Error(`no error of ours: ${inspect(error)}`)
  return error
}

describe('the table of errors', () => {
  it.each(Object.entries(conditions))('translates %s', (name, { code, reason, hint, retryable }) => {
    for (const error of [
      Object.assign(new Error('message'), { name }),
      Object.assign(new Error('m'), { code: name }),
    ]) {
      const translated = toHoldfastError(error, { operation: 'retrieve', id: 'db' })
      expect(translated).toMatchObject({ code, reason, source: 'storage-aws', operation: 'retrieve' })
      if (code !== 'PERMISSION_DENIED') expect(translated.hint).toBe(hint)
      if (retryable === false) expect(translated.retryable).toBe(false)
      expect(translated.message).toContain('"db"')
    }
  })

  // By the documentation of each action, and of the errors that all have in common.
  it.each<[string, number, string, string | undefined]>([
    ['ResourceNotFoundException', 400, 'NOT_FOUND', undefined],
    ['InvalidParameterException', 400, 'INVALID_ARGUMENT', undefined],
    ['DecryptionFailure', 400, 'PERMISSION_DENIED', undefined],
    ['InternalServiceError', 500, 'UNAVAILABLE', undefined],
    ['AccessDeniedException', 400, 'PERMISSION_DENIED', undefined],
    ['UnrecognizedClientException', 400, 'UNAUTHENTICATED', undefined],
    ['InvalidSignatureException', 400, 'UNAUTHENTICATED', undefined],
    ['ExpiredTokenException', 400, 'UNAUTHENTICATED', undefined],
    ['ThrottlingException', 400, 'RATE_LIMITED', undefined],
    ['LimitExceededException', 400, 'RESOURCE_EXHAUSTED', 'LIMIT_EXCEEDED'],
    ['UnknownOperationException', 400, 'UNSUPPORTED', undefined],
    ['NobodyKnowsThis', 400, 'INTERNAL', undefined],
    ['NobodyKnowsThis', 503, 'UNAVAILABLE', undefined],
    ['NobodyKnowsThis', 429, 'RATE_LIMITED', undefined],
    ['NobodyKnowsThis', 403, 'PERMISSION_DENIED', undefined],
    ['NobodyKnowsThis', 401, 'UNAUTHENTICATED', undefined],
  ])('holds for what the SDK makes of %s with status %d', async (name, status, code, reason) => {
    const error = await retrieveError(wireError(name, 'as AWS says', status))
    expect(error).toMatchObject({ code, reason, operation: 'retrieve', details: { id: 'db' } })
    if (code !== 'NOT_FOUND') expect(error.cause).toMatchObject({ name, status, requestId: 'request-1' })
  })

  it('leaves an error of ours as it is', () => {
    const error = toHoldfastError(new Error('x'), { operation: 'store' })
    expect(toHoldfastError(error, { operation: 'retrieve' })).toBe(error)
    expect(mayHaveArrived(error)).toBe(false)
  })

  it('names the missing region', async () => {
    expect(toHoldfastError(new Error('Region is missing'), { operation: 'retrieve' })).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'OPTIONS_INVALID',
      hint: expect.stringContaining('AWS_REGION'),
    })
  })

  it('tells a connection that was lost from an answer that did not come', () => {
    const lost = Object.assign(new Error('read ECONNRESET'), { name: 'TimeoutError', code: 'ECONNRESET' })
    expect(conditionOf(lost)?.code).toBe('UNAVAILABLE')
    expect(conditionOf(Object.assign(new Error('x'), { name: 'TimeoutError' }))?.code).toBe('TIMEOUT')
  })

  it('looks into the error of each address that was tried', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    expect(conditionOf(new AggregateError([refused, refused]))?.code).toBe('UNAVAILABLE')
  })
})

describe('what an error says', () => {
  it.each([
    ['retrieve', 'secretsmanager:GetSecretValue'],
    ['exists', 'secretsmanager:DescribeSecret'],
    ['store', 'secretsmanager:PutSecretValue'],
    ['delete', 'secretsmanager:DescribeSecret'],
    ['history', 'secretsmanager:DescribeSecret'],
    ['recover', 'secretsmanager:DescribeSecret'],
    ['purge', 'secretsmanager:DescribeSecret'],
  ] as const)('%s without permission names the action %s and the statement to add', async (operation, action) => {
    const storage = failing(wireError('AccessDeniedException', 'User: arn:aws:iam::1:user/x is not authorized'))
    const work = operation === 'store' ? storage.store('db', sampleRecord('db')) : storage[operation]('db')
    const error = await expectRejection(() => work, { code: 'PERMISSION_DENIED', operation })
    expect(error.details).toMatchObject({ action, resource: 'arn:aws:secretsmanager:*:*:secret:shop/*' })
    expect(error.hint).toContain(`"Action":"${action}"`)
    expect(error.hint).toContain('"Resource":"arn:aws:secretsmanager:*:*:secret:shop/*"')
  })

  it('listing without permission names what has to be allowed for all secrets', async () => {
    const storage = failing(wireError('AccessDeniedException', 'no'))
    const error = await expectRejection(() => storage.list()[Symbol.asyncIterator]().next(), {
      code: 'PERMISSION_DENIED',
      operation: 'list',
    })
    expect(error.hint).toContain('{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}')
  })

  it('a key that may not be used is told as the key', async () => {
    const error = await retrieveError(wireError('AccessDeniedException', 'Access to KMS is not allowed'))
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', hint: expect.stringContaining('kms:Decrypt') })
    expect(await retrieveError(wireError('DecryptionFailure', 'The key is disabled.'))).toMatchObject({
      code: 'PERMISSION_DENIED',
      hint: expect.stringContaining('enabled'),
    })
  })

  it.each([
    ['InvalidSignatureException', 'Signature expired: 20261121T120000Z is now earlier than 20261121T121000Z'],
    ['InvalidSignatureException', 'Signature not yet current: 20261121T130000Z is still later than 20261121T121000Z'],
    ['RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.'],
  ])('a wrong clock is told as such: %s', async (name, message) => {
    expect(await retrieveError(wireError(name, message))).toMatchObject({
      code: 'UNAUTHENTICATED',
      hint: expect.stringMatching(/clock of this machine/),
    })
  })

  it('hands on how long AWS wants to be left alone', async () => {
    const headers = { 'retry-after': '7' }
    const error = await retrieveError({ ...wireError('ThrottlingException', 'Rate exceeded'), headers })
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfterMs: 7000 })
    const later = { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }
    const other = await retrieveError({ ...wireError('X', '', 503), headers: later })
    expect(other.code).toBe('UNAVAILABLE')
    expect(other.retryAfterMs).toBeGreaterThan(50_000)
    expect((await retrieveError({ ...wireError('X', '', 503), headers: { 'retry-after': 'soon' } })).retryAfterMs).toBe(
      undefined,
    )
  })
})

describe('secrets', () => {
  const planted = 'planted-answer-0f1e2d'
  const headers = { 'x-amz-security-token': planted, authorization: planted, 'set-cookie': planted }

  it.each<[string, WireAnswer]>([
    ['an error', { ...wireError('AccessDeniedException', 'no'), headers }],
    ['half an answer', { status: 200, headers, body: `{"SecretString":"${planted}","VersionId":` }],
    ['an answer that is none', { status: 200, headers, body: `<html>${planted}</html>` }],
    ['an error page', { status: 500, headers, body: `<html>${planted}</html>` }],
    ['a secret that somebody else wrote', { status: 200, headers, body: { SecretString: planted, VersionId: 'v' } }],
    ['a list in the place of a text', { status: 200, headers, body: { SecretString: [planted] } }],
  ])('stand in no error for %s', async (_, answer) => {
    const storage = failing(answer)
    for (const [operation, work] of [
      ['retrieve', () => storage.retrieve('db')],
      ['store', () => storage.store('db', sampleRecord('db', { value: planted }))],
    ] as const) {
      const error: unknown = await work().catch((thrown: unknown) => thrown)
      if (!HoldfastError.is(error)) continue
      expect(error.operation).toBe(operation)
      const shown = [
        inspect(error, { depth: 10, showHidden: true }),
        JSON.stringify(error.toJSON()),
        String(error.stack),
      ]
      for (const secret of [planted, 'planted', sampleValueMarker, plantedSecretKey]) {
        expect(shown.join('\n')).not.toContain(secret)
      }
    }
  })
})
