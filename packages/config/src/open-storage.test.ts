import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { temporaryFolder } from '../test/temporary-folder.ts'
import { openStorage } from './open-storage.ts'
import type { StorageProvider } from './storage-provider.ts'

const closing = async (storage: AnyCredentialStorage): Promise<string> => {
  await storage.close()
  return storage.name
}

test('a URL and an object open the same, relative to the base directory', async () => {
  const baseDirectory = await temporaryFolder()
  const options = { baseDirectory, createIfMissing: true }
  expect(await closing(await openStorage('memory:'))).toContain('memory')
  const byUrl = await closing(await openStorage('file:./secrets', options))
  expect(byUrl).toContain(join(baseDirectory, 'secrets'))
  expect(await closing(await openStorage({ provider: 'local', directory: './secrets' }, { baseDirectory }))).toBe(byUrl)
})

test('an account of AWS is opened by its region and prefix, and its options are checked with the rest', async () => {
  expect(await closing(await openStorage('aws:eu-central-1/app/live'))).toBe('storage-aws (eu-central-1/app/live)')
  const wrong = openStorage({ provider: 'aws', prefix: '/app', recoveryWindowDays: 3 })
  await expect(wrong).rejects.toMatchObject({
    reason: 'OPTIONS_INVALID',
    message: expect.stringMatching(/prefix.*recoveryWindowDays/s),
  })
})

test('a folder that is not there is made only when that is asked for', async () => {
  const baseDirectory = await temporaryFolder()
  await expect(openStorage('file:./secrets', { baseDirectory })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('SC-005: wrong options fail before anything is opened, with every problem and its path', async () => {
  const error = await openStorage({
    provider: 'local',
    directory: '',
    keepVersions: -1,
    keepVersionss: 3,
    createDirectory: 'yes',
  }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'OPTIONS_INVALID' })
  const paths = z
    .object({ details: z.object({ problems: z.array(z.object({ path: z.string() })) }) })
    .parse(error)
    .details.problems.map(({ path }) => path)
  expect(paths.sort()).toEqual([
    'store.createDirectory',
    'store.directory',
    'store.keepVersions',
    'store.keepVersionss',
  ])
})

test('a provider of your own gets its options and the base directory, and its schema is asked first', async () => {
  const created: unknown[] = []
  const acme: StorageProvider = {
    optionsSchema: z.strictObject({ location: z.string().optional(), size: z.int('a whole number').optional() }),
    createStorage(options, environment) {
      created.push([options, environment])
      return createMemoryStorage()
    },
  }
  const options = { baseDirectory: '/base', providers: { acme: async () => acme } }
  await closing(await openStorage({ provider: 'acme', size: 3 }, options))
  await closing(await openStorage('acme:there', options))
  const environment = { baseDirectory: '/base', createIfMissing: false }
  expect(created).toEqual([
    [{ size: 3 }, environment],
    [{ location: 'there' }, environment],
  ])
  await expect(openStorage({ provider: 'acme', size: 'big' }, options)).rejects.toThrow(
    'store.size: given "big", allowed: a whole number',
  )
  expect(created).toHaveLength(2)
})

test('what a provider throws that is no HoldfastError becomes one, without its secrets', async () => {
  const acme: StorageProvider = {
    createStorage: () => {
      throw new Error('connect to https://user:p1anted@host failed')
    },
  }
  const error = await openStorage('acme:x', { providers: { acme: async () => acme } }).catch(
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ code: 'INTERNAL', details: { provider: 'acme' } })
  expect(JSON.stringify(error)).not.toContain('p1anted')
})

test('a Vault by URL gets its token from the environment, and what the configuration says wins', async () => {
  const environment = { VAULT_ADDR: 'https://elsewhere:8200', VAULT_TOKEN: 'planted-vault-token', VAULT_KV_MOUNT: 'kv' }
  const url = 'vault+https://vault.test:8200/secret/shop'
  expect(await closing(await openStorage(url, { environment }))).toBe(
    await closing(
      await openStorage({
        provider: 'vault',
        address: 'https://vault.test:8200',
        mount: 'secret',
        prefix: 'shop',
        auth: { method: 'token', token: 'planted-vault-token' },
      }),
    ),
  )
  const error = await openStorage(url, { environment: { VAULT_TOKEN: 'planted token with spaces' } }).catch(String)
  expect(error).toMatch(/store\.auth/)
  expect(error).not.toContain('planted')
  await expect(openStorage(url, { environment: {} })).rejects.toThrow(/VAULT_TOKEN in the environment/)
})

test('a vault of Azure, a cluster and an account of AWS by URL take from the environment what is not in it', async () => {
  const baseDirectory = await temporaryFolder()
  const kubeconfig = join(baseDirectory, 'kubeconfig.json')
  await writeFile(kubeconfig, JSON.stringify(kubeconfigOf('https://cluster.test:6443')))
  const nameWith = async (store: Parameters<typeof openStorage>[0], environment: NodeJS.ProcessEnv): Promise<string> =>
    closing(await openStorage(store, { baseDirectory, environment }))
  const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
  expect(await nameWith('k8s:shop', { KUBECONFIG: kubeconfig })).toBe('storage-k8s (shop)')
  expect(await nameWith({ provider: 'k8s', kubeconfigFile: './kubeconfig.json' }, inPod)).toContain('default')
  const principal = {
    AZURE_CLIENT_ID: 'no-guid',
    AZURE_TENANT_ID: 'no-guid',
    AZURE_CLIENT_SECRET: 'planted-azure-secret',
  }
  const error = await openStorage('azure:shop.vault.azure.net', { environment: principal }).catch(String)
  expect(error).toMatch(/store\.credential/)
  expect(error).not.toContain('planted')
  expect(await nameWith('azure:shop.vault.azure.net', {})).toBe('storage-azure (shop.vault.azure.net)')
  expect(await nameWith('aws:eu-west-1', { AWS_REGION: 'eu-central-1' })).toContain('eu-west-1')
  expect(
    await nameWith({ provider: 'aws', client: { send: async () => ({}) } }, { AWS_REGION: 'eu-west-1' }),
  ).toContain('storage-aws')
})

test('what is given as the environment is all of it: nothing comes from that of the process', async () => {
  const baseDirectory = await temporaryFolder()
  const kubeconfig = join(baseDirectory, 'kubeconfig.json')
  await writeFile(kubeconfig, JSON.stringify(kubeconfigOf('https://cluster.test:6443')))
  const ofProcess = {
    VAULT_TOKEN: 'planted-process-token',
    VAULT_NAMESPACE: 'of-process',
    KUBECONFIG: kubeconfig,
    XDG_DATA_HOME: join(baseDirectory, 'of-process'),
  }
  for (const [name, value] of Object.entries(ofProcess)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const url = 'vault+https://vault.test:8200/secret'
  const environment = { HOME: baseDirectory, XDG_DATA_HOME: join(baseDirectory, 'given') }

  await expect(openStorage(url, { environment })).rejects.toThrow(/store\.auth/)
  const withToken = await openStorage(url, { environment: { VAULT_TOKEN: 'planted-given-token' } })
  expect(await closing(withToken)).not.toContain('of-process')
  await expect(openStorage('k8s:shop', { environment })).rejects.toThrow(join(baseDirectory, '.kube', 'config'))
  const local = await openStorage({ provider: 'local' }, { environment, createIfMissing: true })
  expect(await closing(local)).not.toContain('of-process')

  // Without one it is that of the process.
  expect(await closing(await openStorage(url))).toContain('of-process')
  expect(await closing(await openStorage('k8s:shop'))).toBe('storage-k8s (shop)')
})

test('several kubeconfigs of a configuration are relative to its folder', async () => {
  const baseDirectory = await temporaryFolder({
    'a.json': JSON.stringify({ ...kubeconfigOf('https://a.test:6443'), 'current-context': '' }),
    'b.json': JSON.stringify({ 'current-context': 'test' }),
  })
  const kubeconfigFile = ['a.json', 'b.json'].join(delimiter)
  const storage = await openStorage({ provider: 'k8s', kubeconfigFile }, { baseDirectory, environment: {} })
  expect(await closing(storage)).toBe('storage-k8s (default)')
})

const kubeconfigOf = (server: string): object => ({
  'current-context': 'test',
  contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  clusters: [{ name: 'test', cluster: { server } }],
  users: [{ name: 'test', user: { token: 'planted-cluster-token' } }],
})
