// A process of its own that tells when the identity library is loaded.
import { registerHooks } from 'node:module'

const [vaultUrl = '', caFile = ''] = process.argv.slice(2)
let isLoaded = false
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@azure/identity') isLoaded = true
    return next(specifier, context)
  },
})
const { createAzureStorage } = await import('../src/index.ts')
const storage = createAzureStorage({
  vaultUrl,
  caFile,
  credential: { type: 'developer-tools' },
  allowAnyHost: true,
})
const before = isLoaded
await storage.retrieve('a').catch(() => {})
process.stdout.write(JSON.stringify([before, isLoaded]))
