import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { HoldfastError } from '@holdfast/contracts'
import { createTcpProxy, type TcpProxy } from '@holdfast/testkit'

/** A server in this process behind a proxy that breaks its connections, and the call that asks it. */
export interface FaultyDependency {
  readonly proxy: TcpProxy
  /** Asks on a connection of its own: one attempt is one connection that the proxy accepts. */
  ask(): Promise<number>
}

/** Starts a {@link FaultyDependency}. It ends with the process. */
export const startFaultyDependency = async (): Promise<FaultyDependency> => {
  const server = createServer((socket) => {
    socket.on('data', (bytes) => socket.end(bytes))
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const proxy = await createTcpProxy({ target: { host: '127.0.0.1', port }, captureBytes: 0 })
  const ask = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = connect(proxy.port, proxy.host)
      socket.on('data', (bytes) => {
        socket.destroy()
        resolve(bytes.length)
      })
      socket.on('error', (cause) => reject(unavailable(cause)))
      socket.on('end', () => reject(unavailable(undefined)))
      socket.write('?')
    })
  return { proxy, ask }
}

/** What a driver makes of a connection that is gone; to the libraries of npm it is an error as any other. */
const unavailable = (cause: unknown): HoldfastError =>
  new HoldfastError({
    code: 'UNAVAILABLE',
    source: 'bench',
    operation: 'ask',
    message: 'The dependency did not answer.',
    hint: 'Ask again.',
    cause,
  })
