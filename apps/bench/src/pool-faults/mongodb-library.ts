import { createRequire } from 'node:module'
import type { ProbedLibrary } from './probed-pool.ts'

/** The pool inside the MongoDB driver. Its connections are made here: theirs need a server, and so do the faults of making them. */
export const mongodbLibrary: ProbedLibrary = {
  name: 'mongodb',
  lacks: {
    'failing creates': 'not tried',
    'throwing creates': 'not tried',
    validation: 'not offered',
    resize: 'not offered',
    'leak detection': 'not offered',
    'lifetime jitter': 'not offered',
  },
  async open({ maxSize, script, acquireTimeoutMs = 0 }) {
    const require = createRequire(import.meta.url)
    const { ConnectionPool } = require('mongodb/lib/cmap/connection_pool.js')
    const { LegacyTimeoutContext } = require('mongodb/lib/timeout.js')
    const topology = { client: { s: { authProviders: {} }, options: {} } }
    const pool = new ConnectionPool(
      { topology, description: {} },
      // The driver's own default for creates at the same time.
      { maxPoolSize: maxSize, maxConnecting: 2, hostAddress: '127.0.0.1:27017' },
    )
    pool.createConnection = (callback: (error: undefined, connection: object) => void): void => {
      pool.pending += 1
      const id = script.attempts + 1
      script.play(script.next()).then(() => {
        pool.pending -= 1
        callback(undefined, { id, generation: 0, closed: false, idleTime: 0, markAvailable() {}, destroy() {} })
      })
    }
    pool.ready()
    return {
      acquire(signal) {
        const timeoutContext = new LegacyTimeoutContext({
          serverSelectionTimeoutMS: 30_000,
          waitQueueTimeoutMS: acquireTimeoutMs,
        })
        return pool
          .checkOut({ timeoutContext, ...(signal === undefined ? {} : { signal }) })
          .then((connection: object) => ({ resource: connection, release: () => pool.checkIn(connection) }))
      },
      releaseForeign: () => pool.checkIn({ isForeign: true, generation: 0, markAvailable() {}, destroy() {} }),
      close: () => pool.close(),
    }
  },
}
