import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { createPool as createGenericPool } from 'generic-pool'
import { createPool as createLightningPool } from 'lightning-pool'
import mysql from 'mysql2'
import { createPool as createMysqlPool } from 'mysql2/promise'
// pg-pool has no types of its own; what is used here is written down below.
// @ts-expect-error
import PgPoolClass from 'pg-pool'
import { Pool as SequelizePool } from 'sequelize-pool'
import { Pool as TarnPool } from 'tarn'
import type { CreateSubjectPool, SubjectPool } from './pool-subject.ts'

/** Nothing is to end while it is measured, in milliseconds. */
const longMs = 600_000

const genericPool: CreateSubjectPool = ({ maxSize, create }) => {
  const pool = createGenericPool<object>(
    { create, destroy: async () => {} },
    { max: maxSize, idleTimeoutMillis: longMs, evictionRunIntervalMillis: 60_000 },
  )
  return {
    acquire: () => pool.acquire(),
    // What is released was acquired from the same pool, here and below.
    release: (held) => pool.release(held as object),
    close: () => pool.drain().then(() => pool.clear()),
  }
}

const tarn: CreateSubjectPool = ({ maxSize, create }) => {
  const pool = new TarnPool<object>({ create, destroy: () => {}, min: 0, max: maxSize, idleTimeoutMillis: longMs })
  return {
    acquire: () => pool.acquire().promise,
    release: (held) => pool.release(held as object),
    close: () => pool.destroy(),
  }
}

const lightningPool: CreateSubjectPool = ({ maxSize, create }) => {
  const pool = createLightningPool<object>(
    { create, destroy: async () => {} },
    { max: maxSize, maxQueue: 100_000, idleTimeoutMillis: longMs },
  )
  pool.start()
  return {
    acquire: () => pool.acquire(),
    release: (held) => pool.release(held as object),
    close: () => pool.close(true),
  }
}

const sequelizePool: CreateSubjectPool = ({ maxSize, create }) => {
  const pool = new SequelizePool<object>({
    create,
    destroy: () => {},
    validate: () => true,
    min: 0,
    max: maxSize,
    idleTimeoutMillis: longMs,
  })
  return {
    acquire: () => pool.acquire(),
    release: (held) => pool.release(held as object),
    close: () => pool.drain().then(() => pool.destroyAllNow()),
  }
}

/** What pg-pool asks of the client class it is given. */
class FakePgClient extends EventEmitter {
  readonly _queryable = true
  readonly _ending = false
  readonly connection = { stream: {} }

  connect(callback: (error?: Error) => void): void {
    callback()
  }

  end(callback?: () => void): void {
    callback?.()
  }

  ref(): void {}
  unref(): void {}
}

interface PgClient {
  release(): void
}

interface PgPool {
  connect(): Promise<PgClient>
  end(): Promise<void>
}

const pgPool: CreateSubjectPool = ({ maxSize }) => {
  // The constructor of pg-pool, of which this is all that is used.
  const Pool = PgPoolClass as new (options: object) => PgPool
  const pool = new Pool({ Client: FakePgClient, max: maxSize, idleTimeoutMillis: longMs })
  const subject: SubjectPool<PgClient> = {
    acquire: () => pool.connect(),
    release: (client) => client.release(),
    close: () => pool.end(),
  }
  return subject as SubjectPool
}

/** mysql2 makes its own connections: to its own server in this process, which only greets. */
const mysql2: CreateSubjectPool = ({ maxSize }) => {
  // Its types leave out what the server is.
  const server: MysqlServer = Reflect.apply(Reflect.get(mysql, 'createServer'), mysql, [])
  const connections = new Set<MysqlServerConnection>()
  server.on('connection', (connection: MysqlServerConnection) => {
    connections.add(connection)
    connection.on('error', () => {})
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: 'bench',
      connectionId: connections.size,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff,
    })
  })
  server.listen(0)
  const pool = createMysqlPool({
    host: '127.0.0.1',
    port: server._server.address().port,
    connectionLimit: maxSize,
    idleTimeout: longMs,
  })
  const subject: SubjectPool<{ release(): void }> = {
    acquire: () => pool.getConnection(),
    release: (connection) => connection.release(),
    close: async () => {
      await pool.end()
      server.close()
    },
  }
  return subject as SubjectPool
}

interface MysqlServerConnection {
  on(event: 'error', listener: () => void): void
  serverHandshake(greeting: object): void
}

interface MysqlServer {
  on(event: 'connection', listener: (connection: MysqlServerConnection) => void): void
  listen(port: number): void
  close(): void
  readonly _server: { address(): { readonly port: number } }
}

/** The pool class inside the MongoDB driver, whose connections are made here. */
const mongodb: CreateSubjectPool = ({ maxSize }) => {
  const require = createRequire(import.meta.url)
  const { ConnectionPool } = require('mongodb/lib/cmap/connection_pool.js')
  const { LegacyTimeoutContext } = require('mongodb/lib/timeout.js')
  const timeoutContext = new LegacyTimeoutContext({ serverSelectionTimeoutMS: 30_000, waitQueueTimeoutMS: 0 })
  const topology = { client: { s: { authProviders: {} }, options: {} } }
  const pool = new ConnectionPool(
    { topology, description: {} },
    { maxPoolSize: maxSize, maxIdleTimeMS: longMs, hostAddress: '127.0.0.1:27017' },
  )
  let count = 0
  pool.createConnection = (callback: (error: undefined, connection: object) => void): void => {
    const connection = { id: ++count, generation: 0, closed: false, idleTime: 0, markAvailable() {}, destroy() {} }
    callback(undefined, connection)
  }
  pool.ready()
  return {
    acquire: () => pool.checkOut({ timeoutContext }),
    release: (connection) => pool.checkIn(connection),
    close: () => pool.close(),
  }
}

/** The pools of npm, each as its documentation says, with idle times where it has them. */
export const peers: Readonly<Record<string, CreateSubjectPool>> = {
  'generic-pool': genericPool,
  tarn,
  'lightning-pool': lightningPool,
  'sequelize-pool': sequelizePool,
  'pg-pool': pgPool,
  mysql2,
  mongodb,
}

/** Those that can be given any resource, so that their own memory can be weighed. */
export const weighablePeers: readonly string[] = ['generic-pool', 'tarn', 'lightning-pool', 'sequelize-pool']
