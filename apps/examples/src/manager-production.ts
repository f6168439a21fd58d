// How does a service put its resources together, from start to stop?
import assert from 'node:assert/strict'
import { HoldfastError, Secret } from '@holdfast/contracts'
import { circuitBreaker } from '@holdfast/resilience'

/** Stands for a server with a password. */
const server = { password: 'opensesame-1', connections: 0, migrations: 0, isReachable: true }
const log: string[] = []

interface Connection {
  query(text: string): Promise<string>
}

// #region resources
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { createResourceManager, resourceKey } from '@holdfast/resource-pool/manager'

/** Keys are made once and imported from here: each carries the type of what it names. */
export const ordersDb = resourceKey<Connection>('orders-db')
export const mailer = resourceKey<{ send(text: string): void }>('mailer')
export const reports = resourceKey<{ print(): Promise<string> }>('reports')

const database: ResourceAdapter<Connection> = {
  name: 'database',
  async create({ credentials: { login } }) {
    if (!server.isReachable) throw unreachable()
    if (login?.value.reveal() !== server.password) throw wrongPassword()
    server.connections += 1
    return {
      async query(text) {
        if (text.startsWith('create')) server.migrations += 1
        return `rows of ${text}`
      },
    }
  },
  validate: async () => server.isReachable,
  async destroy() {
    server.connections -= 1
  },
}
// #endregion resources

// #region register
const manager = createResourceManager({ startTimeoutMs: 10_000 })

manager.register(ordersDb, {
  adapter: database,
  pool: { minSize: 2, maxSize: 10 },
  credentials: { login: { retrieve: async () => ({ value: new Secret(server.password), version: server.password }) } },
  layers: [circuitBreaker({ perKey: true })],
  health: { intervalMs: 5000 },
  hooks: {
    // Before anybody else gets a connection, and before what requires it begins to start.
    afterStart: (pool) => pool.use((connection) => connection.query('create table if missing')),
  },
})
manager.register(mailer, {
  adapter: { name: 'mailer', create: async () => ({ send: (text) => log.push(text) }), destroy: async () => {} },
  kind: 'singleton',
})
manager.register(reports, {
  adapter: {
    name: 'reports',
    create: async () => ({ print: () => manager.use(ordersDb, (connection) => connection.query('reports')) }),
    destroy: async () => {},
  },
  kind: 'singleton',
  requires: [ordersDb],
  wants: [mailer],
})
console.log(manager.startupOrder())
// #endregion register

const stopSoon = new AbortController()
const serve = async (): Promise<void> => {
  // #region use
  const rows = await manager.use(ordersDb, (connection) => connection.query('orders'))
  const report = await manager.use(reports, (printer) => printer.print())
  console.log(rows, report, manager.health().isReady)
  // #endregion use
  assert.equal(rows, 'rows of orders')
  assert.equal(report, 'rows of reports')
  assert.equal(manager.health().isReady, true)

  server.password = 'opensesame-2'
  // #region rotate
  const { epoch, isChanged } = await manager.rotate(ordersDb)
  console.log(epoch, isChanged, manager.explain(ordersDb).state)
  // #endregion rotate
  assert.equal(isChanged, true)
  stopSoon.abort()
}

// #region run
const exitCode = await manager.run({
  probes: { port: 0 }, // /healthz, /readyz and /startupz; 0 is any free port
  onStarted: () => void serve(), // begin to listen
  onStopping: () => void log.push('no requests any more'), // stop listening; then everything drains in order
  stopDeadlineMs: 5000,
  signal: stopSoon.signal, // SIGTERM does the same
})
// #endregion run

assert.equal(exitCode, 0)
assert.deepEqual(server, { password: 'opensesame-2', connections: 0, migrations: 1, isReachable: true })
assert.deepEqual(log, ['no requests any more'])

// #region failure
const second = createResourceManager({ startTimeoutMs: 300 })
second.register(ordersDb, { adapter: database })
second.register(reports, {
  adapter: { name: 'reports', create: async () => ({ print: async () => '' }), destroy: async () => {} },
  requires: [ordersDb],
})
const error = await second.start().catch((reason: unknown) => reason)
if (HoldfastError.is(error)) console.log(error.message, error.details.skipped)
// #endregion failure
assert.ok(HoldfastError.is(error, 'UNAVAILABLE'))
assert.deepEqual(error.details.skipped, [{ name: 'reports', because: 'orders-db' }])
await second.close()

function wrongPassword(): HoldfastError {
  return new HoldfastError({
    code: 'UNAUTHENTICATED',
    source: 'example',
    operation: 'create',
    message: 'The server does not know this password.',
    hint: 'Use the one that it has now.',
  })
}

function unreachable(): HoldfastError {
  return new HoldfastError({
    code: 'UNAVAILABLE',
    source: 'example',
    operation: 'create',
    message: 'The server does not answer.',
    hint: 'Wait.',
  })
}
