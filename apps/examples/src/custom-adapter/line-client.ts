import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** What the server says no to. */
export class LineError extends Error {
  readonly code: string

  constructor(code: string) {
    super(`The server says: ${code}`)
    this.code = code
  }
}

/** A client as they come from npm: promises, errors of its own, no AbortSignal, and an answer for each question in turn. */
export class LineClient {
  readonly #socket: Socket
  readonly #waiting: { readonly resolve: (answer: string) => void; readonly reject: (error: Error) => void }[] = []
  #failure: Error | undefined

  constructor(host: string, port: number) {
    this.#socket = connect({ host, port })
    createInterface(this.#socket)
      .on('line', (line) => {
        const next = this.#waiting.shift()
        if (line.startsWith('error ')) next?.reject(new LineError(line.slice('error '.length)))
        else next?.resolve(line)
      })
      // readline hands errors of its input on.
      .on('error', () => {})
    this.#socket.on('error', (error) => {
      this.#failure = error
    })
    this.#socket.on('close', () => {
      this.#failure ??= Object.assign(new Error('The connection is closed'), { code: 'ECONNRESET' })
      for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
    })
  }

  /** Where the connection comes from, as the server sees it. */
  get localPort(): number | undefined {
    return this.#socket.localPort
  }

  request(line: string): Promise<string> {
    const failure = this.#failure
    if (failure !== undefined) return Promise.reject(failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#socket.write(`${line}\n`)
    })
  }

  /** Closes at once what is open or being opened. */
  destroy(): void {
    this.#socket.destroy()
  }
}
