// A process of its own that stores a credential and ends without having closed anything.
import { sampleRecord } from '@holdfast/testkit'
import { createVaultStorage } from '../src/index.ts'

const [prefix = ''] = process.argv.slice(2)
const storage = createVaultStorage({ prefix, renewal: { checkIntervalMs: 3_600_000, renewBelowMs: 3_600_000 } })
await storage.store('a', sampleRecord('a'))
process.stdout.write('stored')
