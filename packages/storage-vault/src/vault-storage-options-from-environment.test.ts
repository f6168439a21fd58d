import { expect, it, onTestFinished, vi } from 'vitest'
import { createDatabaseCredentialSource } from './database/database-credential-source.ts'
import { createTransitKeyProvider } from './transit/transit-key-provider.ts'
import { createVaultStorage } from './vault-storage.ts'
import { completed, vaultStorageOptionsFromEnvironment } from './vault-storage-options-from-environment.ts'

const read = vaultStorageOptionsFromEnvironment

it('reads what the command lines of Vault and OpenBao read', () => {
  expect(
    read({
      VAULT_ADDR: 'https://vault:8200',
      VAULT_NAMESPACE: 'team',
      VAULT_CACERT: '/etc/ca.pem',
      VAULT_TLS_SERVER_NAME: 'vault.internal',
      VAULT_SKIP_VERIFY: 'true',
      VAULT_KV_MOUNT: 'kv',
      VAULT_KV_PREFIX: 'apps/shop',
    }),
  ).toEqual({
    address: 'https://vault:8200',
    namespace: 'team',
    caFile: '/etc/ca.pem',
    serverName: 'vault.internal',
    acceptAnyCertificate: true,
    mount: 'kv',
    prefix: 'apps/shop',
  })
  expect(read({})).toEqual({})
})

it('prefers the names of OpenBao, and takes an empty variable for none', () => {
  expect(read({ BAO_ADDR: 'https://bao', VAULT_ADDR: 'https://vault' })).toEqual({ address: 'https://bao' })
  expect(read({ BAO_ADDR: '', VAULT_ADDR: 'https://vault' })).toEqual({ address: 'https://vault' })
})

it('takes the first way to log in that is there', () => {
  const all = {
    VAULT_TOKEN: 'planted-token',
    VAULT_TOKEN_FILE: '/run/token',
    VAULT_ROLE_ID: 'role',
    VAULT_SECRET_ID: 'planted-secret-id',
    VAULT_APPROLE_MOUNT: 'auth/approle',
    VAULT_K8S_ROLE: 'app',
    VAULT_K8S_MOUNT: 'k8s',
    VAULT_K8S_TOKEN_FILE: '/run/jwt',
  }
  const { VAULT_TOKEN: _, ...withoutToken } = all
  const { VAULT_TOKEN_FILE: __, ...withoutFile } = withoutToken
  const { VAULT_ROLE_ID: ___, ...withoutRole } = withoutFile
  expect(read(all).auth).toMatchObject({ method: 'token' })
  expect(read(withoutToken).auth).toEqual({ method: 'token-file', tokenFile: '/run/token' })
  expect(read(withoutFile).auth).toMatchObject({ method: 'approle', roleId: 'role', mount: 'auth/approle' })
  expect(read({ VAULT_ROLE_ID: 'role', VAULT_SECRET_ID_FILE: '/run/id' }).auth).toEqual({
    method: 'approle',
    roleId: 'role',
    secretIdFile: '/run/id',
  })
  expect(read(withoutRole).auth).toEqual({ method: 'kubernetes', role: 'app', mount: 'k8s', tokenFile: '/run/jwt' })
})

it('shows no secret, however it is printed', () => {
  const options = [read({ VAULT_TOKEN: 'planted-token' }), read({ VAULT_ROLE_ID: 'r', VAULT_SECRET_ID: 'planted-id' })]
  expect(JSON.stringify(options)).not.toContain('planted')
})

it.each([
  ['1', true],
  ['T', true],
  ['True', true],
  ['0', false],
  ['false', false],
  ['yes', 'yes'],
])('reads VAULT_SKIP_VERIFY=%s as %s', (text, flag) => {
  // What is neither is left for the check of the options to name.
  expect(read({ VAULT_SKIP_VERIFY: text })).toEqual({ acceptAnyCertificate: flag })
})

it('completes what was given, which counts for more', () => {
  const environment = { VAULT_ADDR: 'https://env', VAULT_NAMESPACE: 'env', VAULT_CACERT: '/env.pem' }
  expect(completed(read, { address: 'https://given', namespace: undefined, environment })).toEqual({
    address: 'https://given',
    namespace: 'env',
    caFile: '/env.pem',
    environment,
  })
  const withAuthority = completed(read, { ca: 'PEM', environment })
  expect(withAuthority).toEqual({ address: 'https://env', namespace: 'env', ca: 'PEM', environment })
})

it.each([
  ['createVaultStorage', createVaultStorage],
  ['createTransitKeyProvider', (options: object) => createTransitKeyProvider({ key: 'k', ...options })],
  ['createDatabaseCredentialSource', (options: object) => createDatabaseCredentialSource({ role: 'r', ...options })],
])('%s looks nowhere else when it is given an environment', (_name, create) => {
  vi.stubEnv('VAULT_ADDR', 'https://process.test')
  vi.stubEnv('VAULT_TOKEN', 'planted-process-token')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(() => create({ environment: {} })).toThrow(/address[\s\S]*auth/)
  // Wrong on purpose.
  expect(() => create({ environment: null } as object)).toThrow(/environment/)
})

it('finds the server in the environment that it is given', async () => {
  const environment = { VAULT_ADDR: 'https://given.test', VAULT_TOKEN: 'planted-given-token' }
  await using storage = createVaultStorage({ environment })
  expect(storage.name).toContain('https://given.test')
})
