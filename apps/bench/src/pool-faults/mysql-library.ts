import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import mysql from 'mysql2'
import { createPool } from 'mysql2/promise'
import type { CreateScript } from './create-script.ts'
import type { ProbedLibrary } from './probed-pool.ts'

interface MysqlServerConnection {
  readonly stream: { destroy(): void }
  on(event: 'error', listener: () => void): void
  serverHandshake(greeting: object): void
}

interface MysqlServer {
  on(event: 'connection', listener: (connection: MysqlServerConnection) => void): void
  listen(port: number, host: string): void
  readonly _server: Server
}

/** mysql2 with connections of its own, to its own server in this process, which only greets. */
export const mysqlLibrary: ProbedLibrary = {
  name: 'mysql2',
  lacks: {
    'throwing creates': 'not tried',
    'acquire timeout': 'not offered',
    validation: 'not offered',
    abort: 'not offered',
    resize: 'not offered',
    'leak detection': 'not offered',
    'lifetime jitter': 'not offered',
  },
  async open({ maxSize, script, createTimeoutMs }) {
    // Its types leave out what the server is.
    const server: MysqlServer = Reflect.apply(Reflect.get(mysql, 'createServer'), mysql, [])
    server.on('connection', (connection) => {
      connection.on('error', () => {})
      void greet(connection, script)
    })
    server.listen(0, '127.0.0.1')
    await once(server._server, 'listening')
    server._server.unref()
    const pool = createPool({
      host: '127.0.0.1',
      // A server that listens on TCP has an address of this kind.
      port: (server._server.address() as AddressInfo).port,
      connectionLimit: maxSize,
      ...(createTimeoutMs === undefined ? {} : { connectTimeout: createTimeoutMs }),
    })
    return {
      acquire: () =>
        pool.getConnection().then((connection) => ({
          // Its promises are around the connection itself, which is what is shared.
          resource: Reflect.get(connection, 'connection'),
          release: () => connection.release(),
        })),
      close: () => pool.end(),
    }
  },
}

const greet = async (connection: MysqlServerConnection, script: CreateScript): Promise<void> => {
  if (!(await script.play(script.next()))) {
    connection.stream.destroy()
    return
  }
  connection.serverHandshake({
    protocolVersion: 10,
    serverVersion: 'probed',
    connectionId: script.attempts,
    statusFlags: 2,
    characterSet: 8,
    capabilityFlags: 0xffffff,
  })
}
