import { randomBytes } from 'node:crypto'
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { createCredentialManager, createKeyring } from '@holdfast/credential-core'
import { describeWithServer } from '@holdfast/test-servers'
import { createHttpProxy } from '@holdfast/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKmsKeyProvider } from '../src/kms/index.ts'
import { clientFor, openOn } from './emulators.ts'

const vaultKey = randomBytes(32)
const associatedData = Buffer.from('slot 1')

describe.each(['ministack', 'moto'])('%s', (name) => {
  describeWithServer(name, ({ settings }) => {
    const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '' } = settings
    const clientOf = (url: string): KMSClient =>
      new KMSClient({
        region,
        endpoint: url,
        maxAttempts: 1,
        credentials: { accessKeyId: 'test', secretAccessKey: 'planted-secret-access-key' },
      })
    const client = clientOf(endpoint)
    let keyId: string
    let otherKeyId: string

    beforeAll(async () => {
      keyId = (await client.send(new CreateKeyCommand())).KeyMetadata?.KeyId ?? ''
      otherKeyId = (await client.send(new CreateKeyCommand())).KeyMetadata?.KeyId ?? ''
    })
    afterAll(() => client.destroy())

    it('opens what it wrapped, by id, ARN and alias', async () => {
      const slot = await createKmsKeyProvider({ client, keyId }).wrap(vaultKey, { associatedData })
      expect(slot.parameters.keyArn).toMatch(/^arn:aws:kms:/)
      expect(slot.bytes.length).toBeLessThan(4096)
      const AliasName = `alias/holdfast-${Date.now()}`
      await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: keyId }))
      for (const same of [keyId, String(slot.parameters.keyArn), AliasName]) {
        const opened = await createKmsKeyProvider({ client, keyId: same }).unwrap(slot, { associatedData })
        expect(Buffer.from(opened).equals(vaultKey)).toBe(true)
      }
    })

    it('opens nothing with other associated data, another context or bytes that were never wrapped', async () => {
      const provider = createKmsKeyProvider({ client, keyId, encryptionContext: { app: 'shop' } })
      const slot = await provider.wrap(vaultKey, { associatedData })
      const other = createKmsKeyProvider({ client, keyId, encryptionContext: { app: 'other' } })
      for (const attempt of [
        () => provider.unwrap(slot, { associatedData: Buffer.from('slot 2') }),
        () => other.unwrap(slot, { associatedData }),
        () => provider.unwrap({ ...slot, bytes: randomBytes(64) }, { associatedData }),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', reason: 'KEY_REJECTED' })
      }
    })

    it('does not open what another key has wrapped', async () => {
      const slot = await createKmsKeyProvider({ client, keyId }).wrap(vaultKey, { associatedData })
      const other = createKmsKeyProvider({ client, keyId: otherKeyId })
      // The emulators do not say so as AWS does (emulators.integration.test.ts).
      await expect(other.unwrap(slot, { associatedData })).rejects.toMatchObject({
        code: name === 'moto' ? 'PERMISSION_DENIED' : 'UNAUTHENTICATED',
      })
    })

    it('says that there is no such key', async () => {
      const provider = createKmsKeyProvider({ client, keyId: 'alias/nobody' })
      await expect(provider.wrap(vaultKey, { associatedData })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })

    it('is unavailable when KMS is', async () => {
      const proxy = await createHttpProxy({ target: endpoint })
      const provider = createKmsKeyProvider({ client: clientOf(proxy.url), keyId })
      proxy.script([{ kind: 'answer', status: 503 }, { kind: 'reset' }, { kind: 'answer', status: 429 }])
      for (const code of ['UNAVAILABLE', 'UNAVAILABLE', 'RATE_LIMITED']) {
        const error: unknown = await provider.wrap(vaultKey, { associatedData }).catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ code, operation: 'wrap' })
        expect(JSON.stringify(error)).not.toMatch(/planted/)
      }
      await proxy.close()
    })

    it('locks a vault in Secrets Manager, which another process opens', async () => {
      const secrets = clientFor(settings, { name })
      const prefix = `kms/${Date.now()}`
      const open = (createIfMissing: boolean, key = keyId) => {
        const storage = openOn(secrets, { prefix })
        const keyring = createKeyring({
          storage,
          unlock: [createKmsKeyProvider({ client, keyId: key })],
          createIfMissing,
        })
        return createCredentialManager({ storage, keyring })
      }
      const first = open(true)
      await first.store('db/main', 'password-1')
      await first.close()
      const second = open(false)
      expect((await second.retrieve('db/main')).value.reveal()).toBe('password-1')
      await second.close()
      await expect(open(false, otherKeyId).retrieve('db/main')).rejects.toThrow()
      secrets.destroy()
    })
  })
})
