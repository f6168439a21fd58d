import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import { request as requestByTls } from 'node:https'
import type { Clock } from '@holdfast/contracts'
import type { HttpAnswer, HttpFault } from './http-fault.ts'

/** A request that is to be answered, and how. */
export interface AnswerRequestOptions {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly target: { readonly url: URL; readonly ca: string | undefined }
  readonly fault: HttpFault
  readonly clock: Clock
  /** Resets the client's connection. */
  readonly reset: () => void
  /** Called with the head of the target's answer; what it returns is given the body as it comes. */
  readonly onAnswer: (status: number, headers: IncomingHttpHeaders) => (bytes: Buffer) => void
}

/** Answers a request, by the target or as the fault says. */
export const answerRequest = (options: AnswerRequestOptions): void => {
  const { incoming, outgoing, fault, clock, reset } = options
  switch (fault.kind) {
    case 'answer':
      // The body is read first, as a server would: what follows on the same connection must not be taken for it.
      incoming.on('end', () => send(outgoing, fault))
      incoming.resume()
      break
    case 'reset':
      reset()
      break
    case 'hang':
      incoming.resume()
      break
    case 'late': {
      incoming.pause()
      const timer = clock.setTimer(() => handOn(options), fault.delayMs, { keepAlive: true })
      outgoing.on('close', () => timer.cancel())
      break
    }
    default:
      handOn(options)
  }
}

const send = (outgoing: ServerResponse, { status, headers = {}, body = '' }: HttpAnswer): void => {
  const isJson = typeof body !== 'string' && !(body instanceof Uint8Array)
  outgoing.writeHead(status, { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers })
  outgoing.end(isJson ? JSON.stringify(body) : body)
}

/** Asks the target, and gives its answer to the client, or loses it. */
const handOn = (options: AnswerRequestOptions): void => {
  const { incoming, outgoing, fault, reset, onAnswer } = options
  const outward = openRequest(options)
  const isLost = fault.kind === 'lost-answer'
  // The target's failure looks to the client as without a proxy: the connection is gone.
  outward.on('error', reset)
  // A client that gives up takes its request along, unless the point is that the target does it all the same.
  outgoing.on('close', () => {
    if (!isLost) outward.destroy()
  })
  outward.on('response', (answer: IncomingMessage) => {
    const keep = onAnswer(answer.statusCode ?? 0, answer.headers)
    answer.on('data', keep)
    answer.on('error', reset)
    if (isLost) {
      answer.on('end', () => (fault.answer === undefined ? reset() : send(outgoing, fault.answer)))
      return
    }
    outgoing.writeHead(answer.statusCode ?? 0, answer.statusMessage, endToEnd(answer.rawHeaders))
    if (fault.kind === 'cut') cutAfter(fault.afterBytes, answer, outgoing, reset)
    else answer.pipe(outgoing)
  })
  incoming.pipe(outward)
}

const openRequest = ({ incoming, target }: AnswerRequestOptions): ClientRequest => {
  const { url, ca } = target
  const isTls = url.protocol === 'https:'
  return (isTls ? requestByTls : request)({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isTls ? 443 : 80) : url.port,
    method: incoming.method,
    path: `${url.pathname.replace(/\/$/, '')}${incoming.url}`,
    headers: endToEnd(incoming.rawHeaders),
    setHost: false,
    // A connection for each request: one that was kept might have died with the target's last process.
    agent: false,
    ...(ca === undefined ? {} : { ca }),
  })
}

const cutAfter = (bytes: number, answer: IncomingMessage, outgoing: ServerResponse, reset: () => void): void => {
  let left = bytes
  outgoing.flushHeaders()
  // The head is with the kernel by then, which a reset does not take back.
  if (left === 0) setImmediate(reset)
  answer.on('data', (chunk: Buffer) => {
    if (left === 0) return
    const fitting = chunk.subarray(0, left)
    left -= fitting.length
    if (left === 0) outgoing.write(fitting, () => setImmediate(reset))
    else outgoing.write(fitting)
  })
  answer.on('end', () => {
    if (left > 0) outgoing.end()
  })
}

/** Headers of one connection, which do not concern the next (RFC 9110, section 7.6.1), and `expect`, which has been answered. */
const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade', 'expect'])

const endToEnd = (raw: readonly string[]): string[] => {
  const kept: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2)
    if (!hopByHop.has(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}
