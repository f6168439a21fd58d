// How do I keep credentials in Kubernetes secrets?
import assert from 'node:assert/strict'
import { KubeConfig } from '@kubernetes/client-node'

const kubeConfig = new KubeConfig()
kubeConfig.loadFromClusterAndUser(
  { name: 'cluster', server: 'https://127.0.0.1:6443', skipTLSVerify: false },
  { name: 'user', token: 'f4ke' },
)

// #region example
import { createK8sStorage } from '@holdfast/storage-k8s'

const storage = createK8sStorage({
  namespace: 'shop',
  prefix: 'orders', // several stores in one namespace
  labels: { 'app.kubernetes.io/part-of': 'shop' },
  kubeConfig, // or kubeconfigFile, or inCluster: true; without any of them as kubectl finds it
})
console.log(storage.name) // storage-k8s (shop, prefix orders)
console.log(storage.capabilities.watch) // true: told by the API server, not polled
// createCredentialManager({ storage, keyring }) seals every value before the cluster sees it.
// #endregion example

assert.equal(storage.name, 'storage-k8s (shop, prefix orders)')
assert.equal(storage.capabilities.compareAndSet, true)
assert.throws(() => createK8sStorage({ kubeConfig, namespace: 'Shop' }), /namespace/)
await storage.close()
