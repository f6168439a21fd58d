import { connect } from 'node:net'

/** Sends `request` to a port of this machine and resolves with the first answer that contains `until`. */
export const tcpExchange = (port: number, request: string, until: string, timeoutMs = 2000): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    const settle = (error?: Error): void => {
      socket.destroy()
      if (error) reject(error)
      else resolve(answer)
    }
    socket.setEncoding('utf8')
    socket.setTimeout(timeoutMs, () => settle(new Error(`no answer from port ${port} in ${timeoutMs} ms: "${answer}"`)))
    socket.on('connect', () => socket.write(request))
    socket.on('data', (text: string) => {
      answer += text
      if (answer.includes(until)) settle()
    })
    socket.on('error', settle)
    socket.on('close', () => settle(new Error(`port ${port} closed the connection after "${answer}"`)))
  })
