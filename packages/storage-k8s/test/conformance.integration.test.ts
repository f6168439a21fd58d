import { describeWithServer } from '@holdfast/test-servers'
import { testCredentialStorage } from '@holdfast/testkit'
import { k8sHarness } from './kubernetes-cluster.ts'

describeWithServer('kubernetes', (server) => {
  testCredentialStorage(k8sHarness('storage-k8s', () => server.settings))
})
