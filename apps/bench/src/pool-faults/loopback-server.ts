import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** Listens on a free port of this machine until the process ends; answers the port. */
export const startLoopbackServer = async (onConnection: (socket: Socket) => void): Promise<number> => {
  const server = createServer((socket) => {
    // Clients that are refused or give up reset their connections.
    socket.on('error', () => {})
    onConnection(socket)
  })
  server.unref()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // A server that listens on TCP has an address of this kind.
  return (server.address() as AddressInfo).port
}
