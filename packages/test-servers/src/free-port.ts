import { createServer } from 'node:net'

// The system may hand out a port again as soon as it is closed; servers planned together must not get the same.
const recent: number[] = []

/** A port of 127.0.0.1 that was free a moment ago. Somebody may still take it: starting retries with another. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer().on('error', reject)
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
      })
    })
    if (recent.includes(port)) continue
    recent.push(port)
    if (recent.length > 200) recent.shift()
    return port
  }
}
