// How do I see how the resources of my service are doing, and hear when one fails?
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

const lines: string[] = []
let isDown = false

// #region example
import { createServer } from 'node:http'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { createResourceManager, resourceKey } from '@holdfast/resource-pool/manager'
import { createMetricsRegistry, observeProcess, prometheusHandler } from '@holdfast/telemetry'

const registry = createMetricsRegistry()
observeProcess(registry)

const adapter: ResourceAdapter<Connection> = {
  name: 'postgres', // the label `type`
  create: async () => ({ query: async (text) => `answer to ${text}` }),
  destroy: async () => {},
  health: async () => probe(), // asked through one connection that is free
}
const orders = resourceKey<Connection>('orders-db') // the label `resource`
const manager = createResourceManager({ metrics: registry })
manager.register(orders, {
  adapter,
  pool: { maxSize: 4 },
  health: {
    intervalMs: 100, // default 10,000: what fails is noticed within one
    timeoutMs: 50, // one that hangs is down then
    downAfter: 1, // checks in a row until it is quarantined
    upAfter: 2, // checks in a row until it is taken back, so that one that flaps stays away
    recoveryAttempts: 160, // later and later, for an hour with the defaults; then it is given up
    recoveryDelayMs: 20,
  },
})
manager.on('health.changed', ({ resource, to, reason }) => lines.push(`${resource}: ${to} ${reason ?? ''}`))
await manager.start()

const page = prometheusHandler(registry)
const server = createServer((request, response) => {
  if (request.url === '/metrics') page.node(request, response)
  else response.writeHead(manager.health().isReady ? 200 : 503).end(manager.health().reason)
})
// #endregion example

interface Connection {
  query(text: string): Promise<string>
}

function probe(): Awaited<ReturnType<NonNullable<ResourceAdapter<Connection>['health']>>> {
  const checkedAt = new Date().toISOString()
  return isDown
    ? { status: 'down', reason: 'read only', latencyMs: 1, checkedAt }
    : { status: 'up', latencyMs: 1, checkedAt }
}

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = server.address()
const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
const heard = async (text: string): Promise<void> => {
  for (const deadline = Date.now() + 20_000; !lines.includes(text); await delay(5)) {
    assert.ok(Date.now() < deadline, `never heard: ${text}`)
  }
}
const metricsNow = async (): Promise<string> => (await fetch(`${url}/metrics`)).text()

await heard('orders-db: up ')
for (let count = 0; count < 5; count++) await manager.use(orders, (connection) => connection.query('SELECT 1'))
assert.equal((await fetch(`${url}/ready`)).status, 200)

isDown = true
await heard('orders-db: down read only')
assert.equal((await fetch(`${url}/ready`)).status, 503)
await assert.rejects(manager.acquire(orders), { code: 'UNAVAILABLE', reason: 'QUARANTINED' })
const whileDown = await metricsNow()
assert.match(whileDown, /^holdfast_resource_state\{resource="orders-db",type="postgres",state="quarantined"\} 1$/m)
assert.match(whileDown, /^holdfast_resource_health\{resource="orders-db",type="postgres"\} 0$/m)
assert.match(whileDown, /^holdfast_manager_ready 0$/m)

isDown = false
lines.length = 0
await heard('orders-db: up ')
await manager.use(orders, (connection) => connection.query('SELECT 1'))

// #region read
const { status, isReady, types, resources } = manager.health() // what is known now; asks nobody
const { health, statistics } = manager.explain(orders) // of one: its last check, its trend, its pool
const answers = manager.healthHistory(orders) // the last 100 answers, oldest first
// #endregion read

console.log(status, isReady, types, resources, health, statistics?.recommended, answers.length, 'checks')
assert.deepEqual([status, isReady, types], ['up', true, { postgres: 'up' }])
assert.equal(health?.status, 'up')
assert.ok(answers.some((answer) => answer.reason === 'read only'))
const after = await metricsNow()
assert.match(after, /^holdfast_resource_transitions_total\{.*state="quarantined"\} 1$/m)
assert.match(after, /^holdfast_pool_max_size\{resource="orders-db",type="postgres"\} 4$/m)
server.closeAllConnections()
server.close()
await manager.close()
