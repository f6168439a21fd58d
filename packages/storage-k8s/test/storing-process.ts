// A process of its own that stores credentials one after the other and says which are durable, until somebody kills it.
import { sampleRecord } from '@holdfast/testkit'
import { createK8sStorage, k8sStorageOptionsFromEnvironment } from '../src/index.ts'

const storage = createK8sStorage(k8sStorageOptionsFromEnvironment())
for (let number = 0; ; number++) {
  const id = `kept/${number}`
  const { version } = await storage.store(id, sampleRecord(id))
  process.stdout.write(`${JSON.stringify({ id, version })}\n`)
}
