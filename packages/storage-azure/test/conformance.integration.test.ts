import { describeWithServer } from '@holdfast/test-servers'
import { testCredentialStorage } from '@holdfast/testkit'
import { azureHarness } from './azure-vault.ts'

describeWithServer('key-vault', (server) => {
  testCredentialStorage(azureHarness('storage-azure', () => server.settings))
})
