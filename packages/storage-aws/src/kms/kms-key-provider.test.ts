import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { KMSClient } from '@aws-sdk/client-kms'
import { HoldfastError } from '@holdfast/contracts'
import { describe, expect, it, vi } from 'vitest'
import { kmsConditions } from './kms-errors.ts'
import { createKmsKeyProvider } from './kms-key-provider.ts'

const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/mine'
const vaultKey = randomBytes(32)
const associatedData = Buffer.from('slot 1')

interface Answer {
  readonly status?: number
  readonly body: Record<string, unknown>
}

/** A client of the real SDK, answered in this process. */
const clientOf = (answer: (action: string, body: Record<string, unknown>) => Answer): KMSClient =>
  new KMSClient({
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'planted-secret-access-key' },
    requestHandler: {
      async handle(request: { readonly headers: Record<string, string>; readonly body: string | Uint8Array }) {
        const action = String(request.headers['x-amz-target']).replace('TrentService.', '')
        const text = typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body)
        const { status = 200, body } = answer(action, JSON.parse(text))
        const headers = { 'content-type': 'application/x-amz-json-1.1' }
        return { response: { statusCode: status, headers, body: new TextEncoder().encode(JSON.stringify(body)) } }
      },
    },
  })

const failing = (name: string, message = ''): KMSClient =>
  clientOf(() => ({ status: 400, body: { __type: name, message } }))

const wrapped = { parameters: { keyArn }, bytes: Uint8Array.of(1, 2, 3) }

describe('the KMS key provider', () => {
  it('binds the associated data by its hash, beside the context that was asked for', async () => {
    const requests: Record<string, unknown>[] = []
    const client = clientOf((_, body) => {
      requests.push(body)
      return { body: { KeyId: keyArn, CiphertextBlob: 'AQID', Plaintext: vaultKey.toString('base64') } }
    })
    const provider = createKmsKeyProvider({ keyId: 'alias/mine', client, encryptionContext: { app: 'shop' } })
    expect(provider).toMatchObject({ type: 'aws-kms', label: 'alias/mine' })
    const slot = await provider.wrap(vaultKey, { associatedData })
    expect(slot).toEqual({ parameters: { keyArn }, bytes: Uint8Array.of(1, 2, 3) })
    const opened = await provider.unwrap(slot, { associatedData })
    expect(Buffer.from(opened).equals(vaultKey)).toBe(true)
    const [encrypt, decrypt] = requests
    expect(encrypt?.EncryptionContext).toEqual({
      app: 'shop',
      'holdfast:associated-data': expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(decrypt).toMatchObject({ KeyId: 'alias/mine', EncryptionContext: encrypt?.EncryptionContext })
    expect(JSON.stringify(decrypt)).not.toContain('slot 1')
  })

  it.each([
    ['another key', { KeyId: 'arn:other', Plaintext: vaultKey.toString('base64') }],
    ['something that is no vault key', { KeyId: keyArn, Plaintext: 'AQID' }],
    ['nothing', { KeyId: keyArn }],
  ])('rejects what was opened with %s', async (_, body) => {
    const provider = createKmsKeyProvider({ keyId: 'mine', client: clientOf(() => ({ body })) })
    await expect(provider.unwrap(wrapped, { associatedData })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'KEY_REJECTED',
      operation: 'unwrap',
    })
  })

  it.each(Object.entries(kmsConditions))('translates %s', async (name, { code, reason }) => {
    const provider = createKmsKeyProvider({ keyId: 'mine', client: failing(name, 'as AWS says') })
    for (const [operation, work] of [
      ['wrap', () => provider.wrap(vaultKey, { associatedData })],
      ['unwrap', () => provider.unwrap(wrapped, { associatedData })],
    ] as const) {
      const error: unknown = await work().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code, reason, operation, source: 'storage-aws' })
      const shown = inspect(error, { depth: 10, showHidden: true })
      for (const secret of [vaultKey.toString('base64'), 'planted']) expect(shown).not.toContain(secret)
    }
  })

  it('names the action and the key that have to be allowed', async () => {
    const provider = createKmsKeyProvider({ keyId: keyArn, client: failing('AccessDeniedException', 'not authorized') })
    const error: unknown = await provider.unwrap(wrapped, { associatedData }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', details: { action: 'kms:Decrypt', resource: keyArn } })
    expect(HoldfastError.is(error) && error.hint).toContain(`"Action":"kms:Decrypt","Resource":"${keyArn}"`)
    const expiredClient = failing('ExpiredTokenException')
    await expect(
      createKmsKeyProvider({ keyId: 'mine', client: expiredClient }).wrap(vaultKey, { associatedData }),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('is given up by its signal', async () => {
    const provider = createKmsKeyProvider({ keyId: 'mine', client: failing('X') })
    await expect(provider.wrap(vaultKey, { associatedData, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
      operation: 'wrap',
    })
  })

  it('closes a client of its own and no other', () => {
    const client = failing('X')
    const destroy = vi.spyOn(client, 'destroy')
    createKmsKeyProvider({ keyId: 'mine', client }).close()
    expect(destroy).not.toHaveBeenCalled()
    createKmsKeyProvider({ keyId: 'mine', region: 'eu-central-1', label: 'ours' })[Symbol.dispose]()
  })

  it('names every wrong option at once', () => {
    const options = { keyId: '', label: '', encryptionContext: { 'aws:x': 'y' }, region: 'EU', endpoint: 'http://a.b' }
    expect(() => createKmsKeyProvider({ ...options, client: failing('X') })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/keyId.*label.*encryptionContext.*region.*endpoint/s),
      }),
    )
    expect(() => createKmsKeyProvider({ keyId: 'mine', client: failing('X'), region: 'eu-central-1' })).toThrow(
      /client decides/,
    )
  })
})
