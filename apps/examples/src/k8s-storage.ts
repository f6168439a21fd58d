// How do I keep credentials in Kubernetes secrets?
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
const kubeconfigFile = join(folder, 'kubeconfig')
const cluster = { name: 'cluster', cluster: { server: 'https://127.0.0.1:6443' } }
const user = { name: 'user', user: { token: 'f4ke' } }
const context = { name: 'shop', context: { cluster: 'cluster', user: 'user' } }
await writeFile(
  kubeconfigFile,
  JSON.stringify({ 'current-context': 'shop', clusters: [cluster], users: [user], contexts: [context] }),
)

// #region example
import { createK8sStorage } from '@holdfast/storage-k8s'

const storage = createK8sStorage({
  namespace: 'shop',
  prefix: 'orders', // several stores in one namespace
  labels: { 'app.kubernetes.io/part-of': 'shop' },
  kubeconfigFile, // or inCluster: true, or a KubeConfig; without any of them as kubectl finds it
})
console.log(storage.name) // storage-k8s (shop, prefix orders)
console.log(storage.capabilities.watch) // true: told by the API server, not polled
// createCredentialManager({ storage, keyring }) seals every value before the cluster sees it.
// #endregion example

assert.equal(storage.name, 'storage-k8s (shop, prefix orders)')
assert.equal(storage.capabilities.compareAndSet, true)
assert.throws(() => createK8sStorage({ kubeconfigFile, namespace: 'Shop' }), /namespace/)
await storage.close()
await rm(folder, { recursive: true })
