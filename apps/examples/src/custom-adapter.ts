// How do I pool connections of a client that Holdfast does not know?
import assert from 'node:assert/strict'
import { Secret } from '@holdfast/contracts'
import type { LineClient } from './custom-adapter/line-client.ts'
import { startLineServer } from './custom-adapter/line-server.ts'

const server = await startLineServer('correct-horse-battery')
const { port } = server
const credentialOf = (password: string) => ({ value: new Secret(password), version: password.length.toString() })
const password = { retrieve: async () => credentialOf('correct-horse-battery') }

// #region use
import { createPool } from '@holdfast/resource-pool'
import { createLineAdapter } from './custom-adapter/line-adapter.ts'

const pool = createPool(createLineAdapter({ host: '127.0.0.1', port }), { maxSize: 3, credentials: { password } })
await pool.use((client) => client.request('set name Ada'))
const name = await pool.use((client) => client.request('get name')) // the next user, of the same connection
assert.equal(name, '')
await pool.close()

// #endregion use

// #region conformance
import { type ResourceAdapterHarness, resourceAdapterCases, runResourceAdapterCase } from '@holdfast/testkit'

const harness: ResourceAdapterHarness<LineClient> = {
  name: 'resource-line',
  create: async () => ({
    adapter: createLineAdapter({ host: '127.0.0.1', port }),
    open: () => server.connections,
    use: (client) => client.request('ping'),
    secrets: ['correct-horse-battery', 'wrong-horse-battery'],
    credentials: { password: credentialOf('correct-horse-battery') },
    wrongCredentials: { password: credentialOf('wrong-horse-battery') },
    breakResource: async (client) => server.cut(client.localPort),
    failStatement: (client) => client.request('no such command'),
    stains: [
      {
        name: 'variable',
        soil: (client) => client.request('set name Ada'),
        isSoiled: async (client) => (await client.request('get name')) === 'Ada',
      },
    ],
    async stall() {
      server.setSilent(true)
      return async () => server.setSilent(false)
    },
    unreachable: () => createLineAdapter({ host: '127.0.0.1', port: 1 }), // where nobody listens
    cleanup: async () => {},
  }),
  createPool, // as it is
}

let passed = 0
for (const testCase of resourceAdapterCases) {
  const reason = await runResourceAdapterCase(harness, testCase)
  if (reason === undefined) passed += 1
}
console.log(`resource-line: ${passed} of ${resourceAdapterCases.length} cases passed`)
// #endregion conformance
assert.equal(passed, resourceAdapterCases.length)
assert.equal(server.connections, 0)
await server.close()
