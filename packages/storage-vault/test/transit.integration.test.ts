import { createCredentialManager, createKeyring } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { describeWithServer } from '@holdfast/test-servers'
import { createHttpProxy } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createTransitKeyProvider, type TransitKeyProviderOptions } from '../src/transit/index.ts'
import { arrange, createToken, uniqueName } from './kv-mount.ts'

describeWithServer('openbao', (server) => {
  const { VAULT_ADDR = '', VAULT_TOKEN = '' } = server.settings
  const vaultKey = new Uint8Array(32).fill(7)
  const associatedData = new TextEncoder().encode('slot-1')
  const createKey = async (options: Readonly<Record<string, unknown>> = {}) => {
    const mount = uniqueName('transit')
    await arrange(server, 'POST', `sys/mounts/${mount}`, { type: 'transit' })
    await arrange(server, 'POST', `${mount}/keys/vault-key`, options)
    const provider = (extra: Partial<TransitKeyProviderOptions> = {}) =>
      createTransitKeyProvider({
        address: VAULT_ADDR,
        auth: { method: 'token', token: VAULT_TOKEN },
        mount,
        key: 'vault-key',
        ...extra,
      })
    return { mount, provider }
  }

  it.each(['aes256-gcm96', 'chacha20-poly1305', 'rsa-2048'])(
    'a %s key opens what it wrapped, for the same place alone',
    async (type) => {
      const { mount, provider } = await createKey({ type })
      const wrapped = await provider().wrap(vaultKey, { associatedData })
      expect(wrapped.parameters).toEqual({ mount, key: 'vault-key' })
      expect(Buffer.from(wrapped.bytes).includes(Buffer.from(vaultKey))).toBe(false)
      expect(await provider().unwrap(wrapped, { associatedData })).toEqual(vaultKey)
      const other = new TextEncoder().encode('slot-2')
      await expect(provider().unwrap(wrapped, { associatedData: other })).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'KEY_REJECTED',
      })
    },
  )

  it('what was altered, wrapped by another key or is no ciphertext is KEY_REJECTED', async () => {
    const { provider } = await createKey()
    const { provider: other } = await createKey()
    const wrapped = await provider().wrap(vaultKey, { associatedData })
    const altered = wrapped.bytes.slice()
    altered[30] = (altered[30] ?? 0) === 65 ? 66 : 65
    const rejected = { code: 'UNAUTHENTICATED', reason: 'KEY_REJECTED' }
    for (const bytes of [altered, new TextEncoder().encode('vault:v1:AAAA'), new Uint8Array(40)]) {
      await expect(provider().unwrap({ ...wrapped, bytes }, { associatedData })).rejects.toMatchObject(rejected)
    }
    await expect(other().unwrap(wrapped, { associatedData })).rejects.toMatchObject(rejected)
    await expect(provider({ key: 'missing' }).unwrap(wrapped, { associatedData })).rejects.toMatchObject(rejected)
  })

  it('opens what was wrapped before the key was rotated', async () => {
    const { mount, provider } = await createKey()
    const wrapped = await provider().wrap(vaultKey, { associatedData })
    await arrange(server, 'POST', `${mount}/keys/vault-key/rotate`)
    expect(await provider().unwrap(wrapped, { associatedData })).toEqual(vaultKey)
  })

  describe('permissions', () => {
    it('needs update on encrypt and decrypt, and creates no key by a wrong name', async () => {
      const { mount, provider } = await createKey()
      const policy = ['encrypt', 'decrypt']
        .map((part) => `path "${mount}/${part}/*" { capabilities = ["update"] }`)
        .join('\n')
      const auth = { method: 'token', token: await createToken(server, policy) } as const
      const wrapped = await provider({ auth }).wrap(vaultKey, { associatedData })
      expect(await provider({ auth }).unwrap(wrapped, { associatedData })).toEqual(vaultKey)
      await expect(provider({ auth, key: 'typo' }).wrap(vaultKey, { associatedData })).rejects.toMatchObject({
        code: expect.stringMatching(/NOT_FOUND|PERMISSION_DENIED/),
      })
      const nothing = {
        method: 'token',
        token: await createToken(server, 'path "x" { capabilities = ["read"] }'),
      } as const
      await expect(provider({ auth: nothing }).unwrap(wrapped, { associatedData })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        details: { path: `${mount}/decrypt/vault-key`, capabilities: ['update'] },
      })
    })
  })

  it('is given up by a signal, and says when the server is not there', async () => {
    await using proxy = await createHttpProxy({ target: VAULT_ADDR, plan: () => ({ kind: 'hang' }) })
    const { provider } = await createKey()
    const late = provider({ address: proxy.url }).wrap(vaultKey, { associatedData, signal: AbortSignal.timeout(50) })
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', operation: 'wrap' })
    const nobody = provider({ address: 'http://127.0.0.1:1' }).wrap(vaultKey, { associatedData })
    await expect(nobody).rejects.toMatchObject({ code: 'UNAVAILABLE', operation: 'wrap' })
  })

  it('unlocks a keyring', async () => {
    const { provider } = await createKey()
    const storage = createMemoryStorage()
    const open = () =>
      createCredentialManager({
        storage,
        keyring: createKeyring({ storage, unlock: [provider()], createIfMissing: true }),
      })
    const manager = open()
    await manager.store('db/main', 'planted-password')
    await manager.close()
    const again = open()
    expect((await again.retrieve('db/main')).value.reveal()).toBe('planted-password')
    await again.close()
  })
})
