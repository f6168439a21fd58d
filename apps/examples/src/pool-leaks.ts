// Who holds my connections?
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

// #region example
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { createPool } from '@holdfast/resource-pool'

const adapter: ResourceAdapter<object> = { name: 'example', create: async () => ({}), destroy: async () => {} }
const pool = createPool(adapter, { name: 'orders-db', maxSize: 1, leakDetectionMs: 50, reclaimLeaks: true })

const leaks: string[] = []
pool.on('lease.leaked', ({ id, heldMs, site }) => leaks.push(`${id} is out for ${heldMs} ms, acquired at ${site}`))

const forgotten = await pool.acquire() // nobody releases it
await pool.use(() => console.log('somebody else gets a new one after 50 ms')) // instead of waiting for ever
console.log(leaks)
// #endregion example

assert.match(leaks[0] ?? '', /^orders-db#1 is out for \d+ ms, acquired at .*pool-leaks\.ts:\d+/)
assert.throws(() => forgotten.resource, { code: 'CLOSED' })
await delay(0)
await pool.close()
