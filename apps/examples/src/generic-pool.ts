// How do I switch from generic-pool without touching the code that uses it?
import assert from 'node:assert/strict'

// #region example
import { createPool } from '@holdfast/resource-pool/generic-pool' // was: from 'generic-pool'

let opened = 0
const pool = createPool(
  {
    create: async () => ({ id: ++opened, query: async (text: string) => `${text}: done` }),
    destroy: async (connection) => console.log('closed', connection.id),
  },
  { max: 2, acquireTimeoutMillis: 1000 },
)
pool.on('factoryCreateError', (error) => console.error('could not connect', error))

const connection = await pool.acquire()
console.log(await connection.query('select 1'))
await pool.release(connection)

console.log(await pool.use((each) => each.query('select 2')))
await pool.drain()
await pool.clear()
// #endregion example

assert.equal(opened, 1)
assert.equal(pool.size, 0)
await assert.rejects(pool.acquire(), /draining/)
