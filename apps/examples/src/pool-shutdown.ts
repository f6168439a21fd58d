// How does a service with a pool start, change its size, and stop?
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

// #region example
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { createPool } from '@holdfast/resource-pool'

const adapter: ResourceAdapter<object> = {
  name: 'example',
  create: async ({ signal }) => delay(2, {}, { signal }),
  destroy: async () => delay(2),
}
const pool = createPool(adapter, { name: 'orders-db', minSize: 2 })
await pool.start() // two connections are there, or it says why not

const working = pool.use(async () => delay(20, 'done'))
pool.resize({ maxSize: 20 }) // takes effect at once
const { recommended } = pool.statistics()
console.log(recommended.size, recommended.reason)

await pool.drain({ deadline: performance.now() + 1000 }) // new callers are refused, the last ones finish
console.log(await working)
await pool.close({ deadlineMs: 1000 }) // whoever is still at it after that is named in the event pool.closed
// #endregion example

assert.equal(pool.statistics().size, 0)
await assert.rejects(pool.acquire(), { code: 'CLOSED' })
