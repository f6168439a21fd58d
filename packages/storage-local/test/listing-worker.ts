// Lists a whole store and prints how many credentials it found.
import { createLocalStorage } from '../src/index.ts'

const [directory = ''] = process.argv.slice(2)
const storage = await createLocalStorage({ directory })
let count = 0
for await (const { metadata } of storage.list({ tags: { team: 'a' } })) if (metadata !== undefined) count += 1
process.stdout.write(String(count))
await storage.close()
