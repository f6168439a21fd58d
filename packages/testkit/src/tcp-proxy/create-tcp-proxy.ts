import { createServer, type Socket } from 'node:net'
import { type Clock, createProblems, HoldfastError, systemClock } from '@holdfast/contracts'
import { createByteCapture, type TcpCapture } from './byte-capture.ts'
import { listenPatiently } from './listen-patiently.ts'
import { parseTcpTarget } from './parse-tcp-target.ts'
import { requireTcpFaults } from './require-tcp-faults.ts'
import { createTcpConnection, type TcpConnection } from './tcp-connection.ts'
import type { TcpFault, TcpRefusal } from './tcp-fault.ts'
import { scriptedTcpFaults, type TcpFaultPlan } from './tcp-fault-plan.ts'

/** Options of {@link createTcpProxy}. */
export interface TcpProxyOptions {
  /** Where connections go: host and port, or a URL that names both, such as a server's `REDIS_URL`. */
  readonly target: string | { readonly host: string; readonly port: number }
  /** Where it listens. Default 127.0.0.1 and a free port. */
  readonly host?: string
  readonly port?: number
  /** What becomes of connections. Default: all pass. */
  readonly plan?: TcpFaultPlan
  /** How many bytes of each direction {@link TcpProxy.capture} keeps at most. Default 1 MiB. */
  readonly captureBytes?: number
  /** Where the time of `slow` passes. */
  readonly clock?: Clock
}

/** Stands between a client and a server and breaks their connections on purpose. */
export interface TcpProxy {
  readonly host: string
  readonly port: number
  /** The same URL, with the proxy's host and port in it. */
  through(url: string): string
  /** Connections accepted so far. */
  readonly accepted: number
  /** Exchanges on all connections so far: see {@link TcpConnection.exchanges}. */
  readonly exchanges: number
  /** Bytes handed on so far. */
  readonly bytes: { readonly toTarget: number; readonly toClient: number }
  /** Connections that are open, in the order in which they were accepted. */
  readonly connections: readonly TcpConnection[]
  /** Does this to every connection, those that are open and those that come, in the place of any plan. Resolves when it is so. */
  setFault(fault: TcpFault | TcpRefusal): Promise<void>
  /** Follows this plan from now on; it counts connections from here. What is open is asked about when its client speaks next. Resolves when it listens. */
  setPlan(plan: TcpFaultPlan): Promise<void>
  /** The nth fault for the nth connection from now on; all later ones pass. */
  script(faults: readonly TcpFault[]): Promise<void>
  /** Resolves when the condition holds; it is looked at whenever something has happened. */
  until(condition: (proxy: TcpProxy) => boolean): Promise<void>
  /** What was read from both sides so far, whether it was handed on or not. */
  capture(): TcpCapture
  /** Resets what is open and stops listening. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const defaultCaptureBytes = 1024 * 1024

/** Starts a {@link TcpProxy} in this process. */
export const createTcpProxy = async (options: TcpProxyOptions): Promise<TcpProxy> => {
  const { host = '127.0.0.1', captureBytes = defaultCaptureBytes, clock = systemClock } = options
  const problems = createProblems('testkit', 'createTcpProxy')
  const target = parseTcpTarget(options.target, problems)
  problems.require(Number.isInteger(captureBytes) && captureBytes >= 0, 'captureBytes', captureBytes, '0 or more')
  problems.throwIfAny()

  const captured = createByteCapture(captureBytes)
  const connections = new Map<number, { readonly connection: TcpConnection; readonly client: Socket }>()
  const waiting = new Set<() => void>()
  const bytes = { toTarget: 0, toClient: 0 }
  let plan: TcpFaultPlan = options.plan ?? (() => undefined)
  let port = options.port ?? 0
  let hasListened = false
  let accepted = 0
  let exchanges = 0
  let countedFrom = 0
  let closed: Promise<void> | undefined
  let settling: Promise<void> = Promise.resolve()

  const changed = (): void => {
    for (const look of [...waiting]) look()
  }
  const accept = (client: Socket): void => {
    accepted += 1
    const number = accepted
    const position = (): number => number - countedFrom
    const connection = createTcpConnection({
      number,
      client,
      target,
      clock,
      fault: plan({ connection: position(), exchange: 0 }) ?? { kind: 'pass' },
      onExchange(exchange) {
        exchanges += 1
        changed()
        return plan({ connection: position(), exchange })
      },
      onRead(direction, read) {
        captured.add(number, direction, read)
        changed()
      },
      onDelivered(direction, count) {
        bytes[direction === 'to-target' ? 'toTarget' : 'toClient'] += count
        changed()
      },
      onClosed() {
        connections.delete(number)
        changed()
      },
    })
    connections.set(number, { connection, client })
    changed()
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
  const listen = async (): Promise<void> => {
    // What is taken when it is first asked for is a mistake of the caller's.
    port = await listenPatiently(server, host, port, hasListened ? 5000 : 0)
    hasListened = true
  }
  /** One change of what is listened to after the other. */
  const settle = (isListening: boolean): Promise<void> => {
    settling = settling
      .catch(() => {})
      .then(async () => {
        if (isListening === server.listening) return
        if (isListening) await listen()
        else server.close()
      })
    return settling
  }
  const resetAll = (): void => {
    for (const { connection } of connections.values()) connection.setFault({ kind: 'reset' })
  }
  const throwIfClosed = (operation: string): void => {
    if (closed === undefined) return
    throw new HoldfastError({
      code: 'CLOSED',
      source: 'testkit',
      operation,
      message: `${operation} was called on a proxy that is closed.`,
      hint: 'Create another one.',
    })
  }
  const setPlan = async (next: TcpFaultPlan): Promise<void> => {
    throwIfClosed('setPlan')
    plan = next
    countedFrom = accepted
    await settle(true)
  }

  await settle(true)
  const proxy: TcpProxy = {
    host,
    port,
    through(url) {
      const changed = new URL(url)
      changed.host = `${host}:${port}`
      return changed.href
    },
    get accepted() {
      return accepted
    },
    get exchanges() {
      return exchanges
    },
    bytes,
    get connections() {
      return [...connections.values()].map(({ connection }) => connection)
    },
    async setFault(fault) {
      throwIfClosed('setFault')
      if (fault.kind === 'refuse') {
        const refused = settle(false)
        resetAll()
        return refused
      }
      requireTcpFaults([fault], 'setFault')
      for (const { connection } of connections.values()) connection.setFault(fault)
      await setPlan(({ exchange }) => (exchange === 0 ? fault : undefined))
    },
    setPlan,
    script: async (faults) => setPlan(scriptedTcpFaults(faults)),
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
    capture: captured.read,
    close() {
      closed ??= settle(false).then(async () => {
        resetAll()
        for (const { client } of connections.values()) client.destroy()
        await proxy.until(() => connections.size === 0)
      })
      return closed
    },
    [Symbol.asyncDispose]: () => proxy.close(),
  }
  return proxy
}
