import { testCredentialStorage } from '@holdfast/testkit'
import { createDocumentedClient } from '../test/support/documented-client.ts'
import { createAwsStorage } from './aws-storage.ts'

testCredentialStorage({
  name: 'storage-aws on what AWS documents',
  async create() {
    const { client } = createDocumentedClient()
    const open = async () => createAwsStorage({ client, writesPerSecond: 10_000, watchIntervalMs: 100 })
    const storage = await open()
    return { storage, open, cleanup: () => storage.close() }
  },
})
