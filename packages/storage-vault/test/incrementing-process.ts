// A process of its own that adds to a counter by compare-and-set: increments, then prints how many of its writes others have overtaken.
import { HoldfastError } from '@holdfast/contracts'
import { sampleRecord, sampleText } from '@holdfast/testkit'
import { createVaultStorage } from '../src/index.ts'

const [prefix = '', increments = ''] = process.argv.slice(2)
const storage = createVaultStorage({ prefix })
let conflicts = 0
for (let done = 0; done < Number(increments); ) {
  const { value, version } = await storage.retrieve('counter')
  const next = sampleRecord('counter', { value: String(Number(sampleText(value)) + 1) })
  try {
    await storage.store('counter', next, { ifVersion: version })
    done += 1
  } catch (error) {
    if (!HoldfastError.is(error, 'CONFLICT')) throw error
    conflicts += 1
  }
}
await storage.close()
process.stdout.write(JSON.stringify({ conflicts }))
