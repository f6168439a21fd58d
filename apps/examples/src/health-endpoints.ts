// How does Kubernetes know that my service is alive, ready and started?
import assert from 'node:assert/strict'

// #region example
import { createServer } from 'node:http'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createHealth, healthEndpoints } from '@holdfast/telemetry'

const credentials = createMemoryStorage()
const queue = { waiting: 3 }
const health = createHealth({
  checks: {
    credentials, // anything with health()
    queue: {
      check: async () =>
        queue.waiting < 1000 ? undefined : { status: 'degraded', reason: `${queue.waiting} waiting` },
      critical: false,
    },
  },
})
const endpoints = healthEndpoints(health) // /healthz, /readyz, /startupz
const server = createServer((request, response) => endpoints.node(request, response, () => response.end('hello')))
// #endregion example

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = server.address()
const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
const ask = async (path: string) => {
  const response = await fetch(base + path)
  const text = await response.text()
  console.log(path, response.status, text.trim())
  return [response.status, text] as const
}
assert.equal((await ask('/readyz'))[0], 200)
assert.equal((await ask('/startupz'))[0], 200)

// #region shutdown
const shutDown = async (): Promise<void> => {
  health.setReady(false, 'shutting down') // first: the load balancer looks elsewhere
  await new Promise((resolve) => setTimeout(resolve, graceMs)) // as long as it may take to notice
  await new Promise((resolve) => server.close(resolve))
  await credentials.close()
}
// #endregion shutdown

const graceMs = 1
health.setReady(false, 'shutting down')
const [status, body] = await ask('/readyz')
assert.equal(status, 503)
assert.match(body, /shutting down/)
assert.equal((await ask('/healthz'))[0], 200)
server.closeAllConnections()
await shutDown()
