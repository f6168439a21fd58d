import type { Socket } from 'node:net'
// Neither has types of its own; what is used here is written down below.
// @ts-expect-error
import pg from 'pg'
// @ts-expect-error
import PgPool from 'pg-pool'
import type { CreateFate, CreateScript } from './create-script.ts'
import { startLoopbackServer } from './loopback-server.ts'
import type { ProbedLibrary } from './probed-pool.ts'

interface Client {
  connect(callback: (error?: Error) => void): void
  release(): void
}

interface Pool {
  on(event: 'error', listener: () => void): void
  connect(): Promise<Client>
  end(): Promise<void>
}

// The two constructors, of which this is all that is used.
const PoolClass = PgPool as new (options: object) => Pool
const ClientClass = pg.Client as new (options: object) => Client

/** AuthenticationOk and ReadyForQuery, from "Message Formats" in PostgreSQL's documentation of its protocol. */
const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])

/** pg-pool with the client of pg, connected to a server in this process that says no more than welcome. */
export const pgLibrary: ProbedLibrary = {
  name: 'pg-pool',
  lacks: {
    validation: 'not offered',
    abort: 'not offered',
    resize: 'not offered',
    'leak detection': 'not offered',
    'lifetime jitter': 'not offered',
  },
  async open({ maxSize, script, acquireTimeoutMs, createTimeoutMs }) {
    const fates: CreateFate[] = []
    const port = await startLoopbackServer((socket) => void welcomed(socket, fates.shift() ?? 'works', script))
    class ScriptedClient extends ClientClass {
      override connect(callback: (error?: Error) => void): void {
        const fate = script.next()
        if (fate === 'throws') throw new Error('thrown at once')
        fates.push(fate)
        super.connect(callback)
      }
    }
    const pool = new PoolClass({
      Client: ScriptedClient,
      host: '127.0.0.1',
      port,
      user: 'probed',
      max: maxSize,
      // One option for waiting and connecting.
      connectionTimeoutMillis: acquireTimeoutMs ?? createTimeoutMs ?? 0,
    })
    pool.on('error', () => {})
    return {
      acquire: () => pool.connect().then((client) => ({ resource: client, release: () => client.release() })),
      close: () => pool.end(),
    }
  },
}

const welcomed = async (socket: Socket, fate: CreateFate, script: CreateScript): Promise<void> => {
  socket.resume()
  if (!(await script.play(fate))) socket.destroy()
  else socket.write(welcome)
}
