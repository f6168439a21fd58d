// How do I share a few connections among many callers?
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

// #region example
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { createPool } from '@holdfast/resource-pool'

const adapter: ResourceAdapter<Connection> = {
  name: 'example',
  create: async ({ signal }) => connect(signal),
  validate: async (connection) => connection.isAlive,
  destroy: async (connection) => connection.end(),
  isBroken: (error) => error instanceof Error && error.message === 'connection lost',
}
const pool = createPool(adapter, { name: 'orders-db', maxSize: 2, acquireTimeoutMs: 1000 })

const answers = await Promise.all([1, 2, 3].map((id) => pool.use((connection) => connection.query(`order ${id}`))))
console.log(answers, pool.statistics().creates, 'connections for 3 queries')
await pool.close()
// #endregion example

interface Connection {
  readonly isAlive: boolean
  query(text: string): Promise<string>
  end(): void
}

async function connect(signal: AbortSignal): Promise<Connection> {
  await delay(5, undefined, { signal })
  return { isAlive: true, query: async (text) => delay(20, `answer to ${text}`), end: () => {} }
}
assert.deepEqual(answers, ['answer to order 1', 'answer to order 2', 'answer to order 3'])
assert.equal(pool.statistics().creates, 2)
