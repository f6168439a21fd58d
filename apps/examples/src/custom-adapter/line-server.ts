import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** The other side of the example: a server of lines over TCP. Each connection logs in, and has variables of its own. */
export interface LineServer {
  readonly port: number
  /** Connections that are open. */
  readonly connections: number
  /** While true it takes everything and answers nothing; then it answers all of it. */
  setSilent(isSilent: boolean): void
  /** Resets the connection that comes from this port, as a failing network does. */
  cut(port: number | undefined): void
  close(): Promise<void>
}

/** Starts a {@link LineServer} that lets those in who know the password. */
export const startLineServer = async (password: string): Promise<LineServer> => {
  const sockets = new Set<Socket>()
  let isSilent = false
  let heldBack: (() => void)[] = []

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    const variables = new Map<string, string>()
    let isIn = false
    const answerTo = (line: string): string => {
      const [command = '', name = '', value = ''] = line.split(' ')
      if (command === 'login') isIn = name === password
      if (!isIn) return 'error denied'
      if (command === 'get') return variables.get(name) ?? ''
      if (command === 'set') variables.set(name, value)
      if (command === 'reset') variables.clear()
      return ['login', 'ping', 'set', 'reset', 'quit'].includes(command) ? 'ok' : 'error unknown-command'
    }
    const answer = (line: string): void => {
      if (!socket.writable) return
      socket.write(`${answerTo(line)}\n`)
      if (line === 'quit') socket.end()
    }
    createInterface(socket)
      .on('line', (line) => {
        if (isSilent) heldBack.push(() => answer(line))
        else answer(line)
      })
      // readline hands the errors of its input on.
      .on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')

  return {
    port: address.port,
    get connections() {
      return sockets.size
    },
    setSilent(silent) {
      isSilent = silent
      const answers = silent ? [] : heldBack
      if (!silent) heldBack = []
      for (const each of answers) each()
    },
    cut(port) {
      for (const socket of sockets) if (socket.remotePort === port) socket.resetAndDestroy()
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
