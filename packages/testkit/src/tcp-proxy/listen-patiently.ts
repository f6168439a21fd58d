import { once } from 'node:events'
import type { Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** In which intervals a port that is taken is tried again, in milliseconds. */
const intervalMs = 20

/**
 * Listens and answers with the port. One that was given up for a while may meanwhile be the near end of somebody's
 * connection, which is soon over: it is tried again for so long. 0 stands for any port that is free.
 */
export const listenPatiently = async (
  server: Server,
  host: string,
  port: number,
  patienceMs: number,
): Promise<number> => {
  for (let waitedMs = 0; ; waitedMs += intervalMs) {
    try {
      server.listen({ host, port, exclusive: true })
      await once(server, 'listening')
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : port
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!isTaken || waitedMs >= patienceMs) throw error
      await sleep(intervalMs)
    }
  }
}
