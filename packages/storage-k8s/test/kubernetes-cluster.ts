import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import type { ServerSettings } from '@holdfast/test-servers'
import type { CredentialStorageHarness } from '@holdfast/testkit'
import { KubeConfig } from '@kubernetes/client-node'
import { createK8sStorage, type K8sStorage } from '../src/k8s-storage.ts'
import type { K8sStorageOptions } from '../src/options.ts'

/** Does something with the rights of an administrator. */
export const administer = (
  settings: ServerSettings,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    const sent = request(
      `${settings.KUBERNETES_URL}${path}`,
      {
        method,
        ca: readFileSync(settings.KUBERNETES_CACERT ?? ''),
        agent: false,
        headers: { authorization: `Bearer ${settings.KUBERNETES_TOKEN}`, 'content-type': 'application/json' },
      },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString('utf8')
        })
        response.on('end', () => {
          if ((response.statusCode ?? 500) < 400) resolve(JSON.parse(text))
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`))
        })
      },
    )
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })

/** Makes a namespace that nothing else uses. */
export const newNamespace = async (settings: ServerSettings): Promise<string> => {
  const name = `t-${randomBytes(6).toString('hex')}`
  await administer(settings, 'POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  })
  return name
}

/** Lets a user or service account do this with the secrets of a namespace. */
export const grant = async (
  settings: ServerSettings,
  namespace: string,
  { kind, name: subject }: { readonly kind: 'User' | 'ServiceAccount'; readonly name: string },
  verbs: readonly string[],
): Promise<void> => {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`
  const name = `holdfast-${subject}`
  await administer(settings, 'POST', `${rbac}/roles`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name, namespace },
    rules: [{ apiGroups: [''], resources: ['secrets'], verbs }],
  })
  await administer(settings, 'POST', `${rbac}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [
      kind === 'User'
        ? { kind, name: subject, apiGroup: 'rbac.authorization.k8s.io' }
        : { kind, name: subject, namespace },
    ],
  })
}

/** A configuration for another server address or token. */
export const kubeConfigOf = (
  settings: ServerSettings,
  {
    url = settings.KUBERNETES_URL ?? '',
    token = settings.KUBERNETES_TOKEN ?? '',
    caFile = settings.KUBERNETES_CACERT ?? '',
  } = {},
): KubeConfig => {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromClusterAndUser(
    { name: 'test', server: url, caFile, skipTLSVerify: false },
    { name: 'user', token },
  )
  return kubeConfig
}

/** Makes a storage in a namespace of the test server. */
export const k8sStorageOf = (settings: ServerSettings, options: K8sStorageOptions): K8sStorage =>
  createK8sStorage({
    ...(options.kubeConfig === undefined ? { kubeconfigFile: settings.KUBECONFIG } : {}),
    ...options,
  })

/** The storages of the conformance suite: each case has a namespace of its own. */
export const k8sHarness = (name: string, settings: () => ServerSettings): CredentialStorageHarness => ({
  name,
  async create() {
    const namespace = await newNamespace(settings())
    const storage = k8sStorageOf(settings(), { namespace })
    return { storage, open: async () => k8sStorageOf(settings(), { namespace }), cleanup: () => storage.close() }
  },
  patienceMs: 20_000,
})
