import { type IncomingMessage, Agent as PlainAgent, request as plainRequest, type RequestOptions } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import type { SecureContextOptions } from 'node:tls'

/** How a server is reached. */
export interface HttpClientOptions {
  /** With or without a path that stands before every other one. */
  readonly address: string
  /** Certificates of authorities in PEM, instead of those that Node knows. */
  readonly ca?: SecureContextOptions['ca']
  /** The name in the server's certificate, when it is not that of the address. */
  readonly serverName?: string | undefined
  readonly acceptAnyCertificate: boolean
}

/** One request. Nothing in it is encoded any further. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** From `/v1` on. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** The request is given up, and rejects with the reason, as soon as one of them is aborted. */
  readonly signals: readonly AbortSignal[]
}

/** Any answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Sends requests over connections that are kept. */
export interface HttpClient {
  /** Rejects with Node's error when there is no answer. */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** Ends every connection. */
  close(): void
}

/** Connections at the same time; further requests wait for one. Vault serves each in a goroutine of its own. */
const maxConnections = 128

/** Vault closes idle connections after 5 minutes (`http_idle_timeout`): ours end well before. */
const idleTimeoutMs = 60_000

/** A standby that does not forward sends the caller to the active node with 307. */
const maxRedirects = 3

/** Vault refuses requests beyond 32 MiB (`max_request_size`); no answer of it is larger either. */
const maxAnswerBytes = 64 * 1024 * 1024

/** Makes an {@link HttpClient}. */
export const createHttpClient = (options: HttpClientOptions): HttpClient => {
  const { ca, serverName, acceptAnyCertificate } = options
  const base = new URL(options.address)
  const basePath = base.pathname.replace(/\/+$/, '')
  const pool = { keepAlive: true, maxSockets: maxConnections, timeout: idleTimeoutMs }
  const plain = new PlainAgent(pool)
  const secure = new TlsAgent({
    ...pool,
    rejectUnauthorized: !acceptAnyCertificate,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  })
  const sendTo = (url: URL | undefined, request: HttpRequest, redirects: number): Promise<HttpAnswer> => {
    const target = url ?? base
    const isSecure = target.protocol === 'https:'
    const requestOptions: RequestOptions = {
      agent: isSecure ? secure : plain,
      hostname: target.hostname.replace(/^\[|\]$/g, ''),
      ...(target.port === '' ? {} : { port: target.port }),
      path: url === undefined ? basePath + request.path : target.pathname + target.search,
      method: request.method,
      headers: request.headers,
    }
    return exchange(isSecure ? tlsRequest : plainRequest, requestOptions, request).then((answer) => {
      const next = redirects < maxRedirects ? redirectOf(answer, target, request.path) : undefined
      return next === undefined ? answer : sendTo(next, request, redirects + 1)
    })
  }
  return {
    send: (request) => sendTo(undefined, request, 0),
    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}

/** Where an answer sends us: never from a connection that is secured to one that is not. */
const redirectOf = ({ status, headers: { location } }: HttpAnswer, from: URL, path: string): URL | undefined => {
  if ((status !== 307 && status !== 308) || location === undefined) return undefined
  const target = URL.parse(location, new URL(path, from).href)
  return target === null || (from.protocol === 'https:' && target.protocol !== 'https:') ? undefined : target
}

const exchange = (
  open: typeof plainRequest,
  options: RequestOptions,
  { body, signals }: HttpRequest,
): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    for (const signal of signals) {
      if (signal.aborted) {
        reject(signal.reason)
        return
      }
    }
    const request = open(options)
    const onAbort = (): void => {
      const aborted = signals.find((signal) => signal.aborted)
      settle()
      reject(aborted?.reason)
      request.destroy()
    }
    const settle = (): void => {
      for (const signal of signals) signal.removeEventListener('abort', onAbort)
    }
    const fail = (error: unknown): void => {
      settle()
      reject(error)
    }
    for (const signal of signals) signal.addEventListener('abort', onAbort)
    // Also after an abort: a socket that breaks then must not end the process.
    request.on('error', fail)
    request.on('response', (response) => {
      readText(response).then((text) => {
        settle()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      }, fail)
    })
    request.end(body)
  })

const readText = (response: IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    response.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > maxAnswerBytes) response.destroy(new Error(`the answer is longer than ${maxAnswerBytes} bytes`))
      chunks.push(chunk)
    })
    response.on('end', () => resolve(Buffer.concat(chunks, length).toString('utf8')))
    response.on('error', reject)
    response.on('close', () => {
      if (!response.complete) reject(Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' }))
    })
  })
