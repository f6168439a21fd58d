import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { type Clock, createProblems, HoldfastError, systemClock } from '@holdfast/contracts'
import { answerRequest } from './answer-request.ts'
import type { HttpFault } from './http-fault.ts'
import { type HttpFaultPlan, type PlannedRequest, scriptedHttpFaults } from './http-fault-plan.ts'
import { createKeptBody, type ProxiedAnswer, type ProxiedRequest } from './proxied-request.ts'
import { requireHttpFaults } from './require-http-faults.ts'

/** Options of {@link createHttpProxy}. */
export interface HttpProxyOptions {
  /** Where requests go: `http://127.0.0.1:8200`, or `https:` with its `ca`. A path in it is put before every other. */
  readonly target: string
  /** Certificates that the target's is checked against, as PEM. Default: those of Node. */
  readonly ca?: string
  /** Key and certificate, as PEM, to speak TLS with. Default: none, and `url` begins with `http:`. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** What becomes of requests. Default: all pass. */
  readonly plan?: HttpFaultPlan
  /** How many of the last requests are remembered. Default 1000. */
  readonly keepRequests?: number
  /** How many bytes of each body are remembered. Default 64 KiB. */
  readonly keepBodyBytes?: number
  /** Where the time of `late` passes. */
  readonly clock?: Clock
}

/**
 * Stands between an HTTP client and a real server: hands requests on, headers and Host as they came, breaks those it is told
 * to, and remembers them. What concerns connections rather than requests is the business of `createTcpProxy`.
 */
export interface HttpProxy {
  /** Where it listens: `http://127.0.0.1:PORT`. */
  readonly url: string
  /** Requests that have come so far. */
  readonly count: number
  /** The last of them, in their order. */
  readonly requests: readonly ProxiedRequest[]
  /** Does this to every request from now on, in the place of any plan. */
  setFault(fault: HttpFault): void
  /** Follows this plan from now on; it counts requests from here. */
  setPlan(plan: HttpFaultPlan): void
  /** The nth fault for the nth request from now on that fits; all others pass. */
  script(faults: readonly HttpFault[], fits?: (request: PlannedRequest) => boolean): void
  /** Resolves when the condition holds; it is looked at whenever something has happened. */
  until(condition: (proxy: HttpProxy) => boolean): Promise<void>
  /** Resets what is open and stops listening. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts an {@link HttpProxy} in this process, on a free port of 127.0.0.1. */
export const createHttpProxy = async (options: HttpProxyOptions): Promise<HttpProxy> => {
  const { keepRequests = 1000, keepBodyBytes = 64 * 1024, clock = systemClock } = options
  const problems = createProblems('testkit', 'createHttpProxy')
  const isUrl = URL.canParse(options.target) && /^https?:$/.test(new URL(options.target).protocol)
  problems.require(isUrl, 'target', options.target, 'an http or https URL')
  const isCount = (count: number): boolean => Number.isInteger(count) && count >= 0
  problems.require(isCount(keepRequests), 'keepRequests', keepRequests, '0 or more')
  problems.require(isCount(keepBodyBytes), 'keepBodyBytes', keepBodyBytes, '0 or more')
  problems.throwIfAny()

  const target = { url: new URL(options.target), ca: options.ca }
  const requests: ProxiedRequest[] = []
  const waiting = new Set<() => void>()
  /** The sockets under TLS, by the port they come from: a TLS socket cannot be reset itself. */
  const sockets = new Map<number, Socket>()
  let plan: HttpFaultPlan = options.plan ?? (() => undefined)
  let count = 0
  let countedFrom = 0
  let closed: Promise<void> | undefined

  const changed = (): void => {
    for (const look of [...waiting]) look()
  }
  const take = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    count += 1
    const { method = '', url: path = '', headers } = incoming
    const fault = plan({ number: count - countedFrom, method, path, headers }) ?? { kind: 'pass' }
    const body = createKeptBody(keepBodyBytes)
    const request = { number: count, method, path, headers, fault, answer: absent(), isOver: false }
    requests.push({
      ...request,
      get body() {
        return body.read()
      },
      get answer() {
        return request.answer
      },
      get isOver() {
        return request.isOver
      },
    })
    if (requests.length > keepRequests) requests.shift()
    incoming.on('data', (bytes: Buffer) => body.add(bytes))
    outgoing.on('close', () => {
      request.isOver = true
      changed()
    })
    changed()
    answerRequest({
      incoming,
      outgoing,
      target,
      fault,
      clock,
      reset: () => sockets.get(incoming.socket.remotePort ?? 0)?.resetAndDestroy(),
      onAnswer(status, answered) {
        const answerBody = createKeptBody(keepBodyBytes)
        request.answer = {
          status,
          headers: answered,
          get body() {
            return answerBody.read()
          },
        }
        changed()
        return (bytes) => answerBody.add(bytes)
      },
    })
  }
  const server: Server = options.tls === undefined ? createServer(take) : createTlsServer(options.tls, take)
  // Watches may be silent for as long as they like.
  server.requestTimeout = 0
  server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0
    sockets.set(port, socket)
    socket.on('close', () => sockets.delete(port))
    socket.on('error', () => {})
  })
  // A client that does not trust the certificate goes away in the handshake, which is its own affair.
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  const setPlan = (next: HttpFaultPlan): void => {
    if (closed !== undefined) throw closedError()
    plan = next
    countedFrom = count
  }
  const proxy: HttpProxy = {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    get count() {
      return count
    },
    requests,
    setFault(fault) {
      requireHttpFaults([fault], 'setFault')
      setPlan(() => fault)
    },
    setPlan,
    script: (faults, fits) => setPlan(scriptedHttpFaults(faults, fits)),
    until(condition) {
      return new Promise((resolve) => {
        const look = (): void => {
          if (!condition(proxy)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      })
    },
    close() {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of [...sockets.values()]) socket.resetAndDestroy()
      })
      return closed
    },
    [Symbol.asyncDispose]: () => proxy.close(),
  }
  return proxy
}

const absent = (): ProxiedAnswer | undefined => undefined

const closedError = (): HoldfastError =>
  new HoldfastError({
    code: 'CLOSED',
    source: 'testkit',
    operation: 'setPlan',
    message: 'setPlan was called on a proxy that is closed.',
    hint: 'Create another one.',
  })
