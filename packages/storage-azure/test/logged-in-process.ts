// A process of its own, because the identity library reads the environment of the process: stores a credential as whoever
// the environment says, reads it, and tells what came of it.
import { HoldfastError } from '@holdfast/contracts'
import { sampleRecord, sampleText } from '@holdfast/testkit'
import { azureStorageOptionsFromEnvironment, createAzureStorage } from '../src/index.ts'

const tell = (outcome: object): void => void process.stdout.write(JSON.stringify(outcome))
const [prefix = '', caFile = '', type] = process.argv.slice(2)
const credential = type === 'developer-tools' || type === 'default' ? { credential: { type } as const } : {}
const storage = createAzureStorage({
  ...azureStorageOptionsFromEnvironment(),
  ...credential,
  prefix,
  caFile,
  allowAnyHost: true,
})
try {
  await storage.store('a', sampleRecord('a'))
  tell({ value: sampleText((await storage.retrieve('a')).value) })
} catch (error) {
  if (!HoldfastError.is(error)) throw error
  const { code, message, hint, retryable, details } = error
  tell({ code, message, hint, retryable, details })
}
await storage.close()
