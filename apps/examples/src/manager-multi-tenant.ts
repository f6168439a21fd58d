// How do several tenants share a database without getting in one another's way?
import assert from 'node:assert/strict'

interface Connection {
  /** Who has used it. */
  readonly users: Set<string>
  query(text: string): Promise<string>
}

// #region resource
import { runWithContext } from '@holdfast/contracts/context'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { createResourceManager, resourceKey } from '@holdfast/resource-pool/manager'

const ordersDb = resourceKey<Connection>('orders-db')
const connections: Connection[] = []

const database: ResourceAdapter<Connection> = {
  name: 'database',
  async create() {
    const connection = { users: new Set<string>(), query: async (text: string) => `rows of ${text}` }
    connections.push(connection)
    return connection
  },
  async destroy() {},
  // Say `isolatesTenants: true` when your `reset` leaves nothing behind that another tenant could see: session
  // variables, temporary tables, prepared statements, the role. Until then no connection goes from one to another.
}

const plans = new Map([
  ['acme', { maxLeases: 2, maxWaiting: 100, acquiresPerSecond: 500 }],
  ['globex', { maxLeases: 4 }],
])
const manager = createResourceManager()
manager.register(ordersDb, {
  adapter: database,
  pool: { maxSize: 4 },
  tenants: {
    admits: (tenant) => plans.has(tenant),
    quota: (tenant) => plans.get(tenant) ?? {}, // asked at each acquire: a new plan counts at once
    weight: (tenant) => (tenant === 'globex' ? 2 : 1), // two turns for each of acme's, when both wait
    maxShare: 0.75, // of the four at most three while others wait
  },
})
// #endregion resource

// #region audit
const audit: string[] = []
manager.on('tenant.admitted', ({ tenant, resource }) => audit.push(`${tenant} was given ${resource}`))
manager.on('tenant.refused', ({ tenant, reason }) => audit.push(`${tenant} was refused: ${reason}`))
// #endregion audit

await manager.start()

// #region request
// Once for each request, where its tenant is known.
const handle = (tenant: string): Promise<string> =>
  runWithContext({ tenant }, () =>
    manager.use(ordersDb, (connection) => {
      connection.users.add(tenant)
      return connection.query('orders')
    }),
  )
// #endregion request

const answers = await Promise.all(['acme', 'globex', 'acme', 'globex', 'acme', 'globex'].map(handle))
assert.deepEqual(new Set(answers), new Set(['rows of orders']))
await assert.rejects(handle('initech'), { code: 'PERMISSION_DENIED', reason: 'TENANT_REFUSED' })
await assert.rejects(
  manager.use(ordersDb, () => 'for nobody'),
  { code: 'INVALID_ARGUMENT', reason: 'TENANT_REQUIRED' },
)
for (const { users } of connections) assert.ok(users.size <= 1, 'no connection went from one tenant to another')

// A tenant that keeps all it may have waits for its own; the other one does not notice.
const kept = [await manager.acquire(ordersDb, { tenant: 'acme' }), await manager.acquire(ordersDb, { tenant: 'acme' })]
await assert.rejects(manager.acquire(ordersDb, { tenant: 'acme', timeoutMs: 10 }), {
  code: 'RESOURCE_EXHAUSTED',
  reason: 'QUOTA_EXCEEDED',
})
assert.equal(await handle('globex'), 'rows of orders')
for (const lease of kept) lease.release()
assert.ok(audit.includes('acme was given orders-db') && audit.includes('initech was refused: TENANT_REFUSED'))

// #region pools
// For tenants with databases or credentials of their own: a pool for each, made when it is first used.
const reportsDb = resourceKey<Connection>('reports-db')
manager.register(reportsDb, {
  adapter: database,
  pool: { maxSize: 2 },
  tenants: { isolation: 'pool', maxPools: 50 },
})
await manager.start({ only: reportsDb })
// #endregion pools
const report = await manager.use(reportsDb, (_, { instance }) => instance.id, { tenant: 'acme' })
assert.equal(report, 'reports-db/acme#1')
await manager.close()
console.log(`${audit.length} decisions in the audit; ${connections.length} connections, none of them shared`)
