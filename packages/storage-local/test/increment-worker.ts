// Adds 1 to the credential "counter" as often as the second argument says, each time by compare-and-set.
import { HoldfastError } from '@holdfast/contracts'
import { createLocalStorage } from '../src/index.ts'
import { sampleRecord, textOf } from './sample-record.ts'

const [directory = '', times = '0'] = process.argv.slice(2)
const storage = await createLocalStorage({ directory, keepVersions: 2 })
for (let done = 0; done < Number(times); ) {
  try {
    const found = await storage.retrieve('counter')
    const record = sampleRecord('counter', String(Number(textOf(found)) + 1))
    await storage.store('counter', record, { ifVersion: found.version })
    done += 1
  } catch (error) {
    if (!HoldfastError.is(error, 'CONFLICT')) throw error
  }
}
await storage.close()
