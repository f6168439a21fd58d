// A process of its own that stores credentials one after the other and says which are durable, until somebody kills it.
import { sampleRecord } from '@holdfast/testkit'
import { azureStorageOptionsFromEnvironment, createAzureStorage } from '../src/index.ts'

const [prefix = '', caFile = ''] = process.argv.slice(2)
const storage = createAzureStorage({ ...azureStorageOptionsFromEnvironment(), prefix, caFile, allowAnyHost: true })
for (let number = 0; ; number++) {
  const id = `kept/${number}`
  const { version } = await storage.store(id, sampleRecord(id))
  process.stdout.write(`${JSON.stringify({ id, version })}\n`)
}
