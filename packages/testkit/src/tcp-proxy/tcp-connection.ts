import { Socket } from 'node:net'
import type { Clock } from '@holdfast/contracts'
import { type ByteLane, createByteLane } from './byte-lane.ts'
import type { TcpDirection, TcpFault } from './tcp-fault.ts'

/** A client's connection to the proxy, and the proxy's to the target. */
export interface TcpConnection {
  /** Which one it is of all that the proxy has accepted, beginning with 1. */
  readonly number: number
  /** What is done to it now. */
  readonly fault: TcpFault
  /** How often the client has spoken, having heard something since the last time. */
  readonly exchanges: number
  /** Bytes that were handed on. */
  readonly bytes: { readonly toTarget: number; readonly toClient: number }
  /** Does this to it from now on. */
  setFault(fault: TcpFault): void
}

/** What a {@link TcpConnection} is made of. */
export interface TcpConnectionOptions {
  readonly number: number
  readonly client: Socket
  readonly target: { readonly host: string; readonly port: number }
  readonly clock: Clock
  /** What is done to it in the beginning. */
  readonly fault: TcpFault
  /** Asked when the client begins to speak: what to do from now on. */
  readonly onExchange: (exchange: number) => TcpFault | undefined
  /** Called with all that is read from either side. */
  readonly onRead: (direction: TcpDirection, bytes: Buffer) => void
  readonly onDelivered: (direction: TcpDirection, bytes: number) => void
  /** Called once both sockets are closed. */
  readonly onClosed: () => void
}

/** Connects the client with the target and does to the connection what it is told. */
export const createTcpConnection = (options: TcpConnectionOptions): TcpConnection => {
  const { number, client, clock } = options
  const target = new Socket({ allowHalfOpen: true })
  const bytes = { toTarget: 0, toClient: 0 }
  let fault = options.fault
  let exchanges = 0
  let hasHeard = true
  let isConnecting = false
  let open = 2

  const toTarget = createByteLane({
    source: client,
    sink: target,
    clock,
    onRead(read) {
      options.onRead('to-target', read)
      if (!hasHeard) return
      hasHeard = false
      exchanges += 1
      const next = options.onExchange(exchanges)
      if (next !== undefined) setFault(next)
    },
    onDelivered(count) {
      bytes.toTarget += count
      options.onDelivered('to-target', count)
    },
  })
  const toClient = createByteLane({
    source: target,
    sink: client,
    clock,
    onRead(read) {
      options.onRead('to-client', read)
      hasHeard = true
    },
    onDelivered(count) {
      bytes.toClient += count
      options.onDelivered('to-client', count)
    },
  })
  const lanes: readonly (readonly [TcpDirection, ByteLane])[] = [
    ['to-target', toTarget],
    ['to-client', toClient],
  ]
  /** Does this to the direction, or to both; the other one flows. */
  const inDirection = (direction: TcpDirection | undefined, act: (lane: ByteLane) => void): void => {
    for (const [name, lane] of lanes) direction === undefined || direction === name ? act(lane) : lane.flow()
  }
  const setFault = (next: TcpFault): void => {
    fault = next
    for (const [, lane] of lanes) lane.limit(Number.POSITIVE_INFINITY, () => {})
    switch (next.kind) {
      case 'pass':
        inDirection(undefined, (lane) => lane.flow())
        break
      case 'drop':
        inDirection(next.direction, (lane) => lane.swallow())
        break
      case 'stall':
        inDirection(next.direction, (lane) => lane.hold())
        break
      case 'slow': {
        const { latencyMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = next
        inDirection(next.direction, (lane) => lane.pace(latencyMs, bytesPerSecond))
        break
      }
      case 'reset':
        inDirection(undefined, (lane) => lane.end())
        reset(client)
        reset(target)
        break
      case 'half-open':
        inDirection(undefined, (lane) => lane.swallow())
        reset(next.survivor === 'target' ? client : target)
        break
      case 'half-closed':
        inDirection(next.direction, (lane) => lane.finish())
        break
      case 'cut': {
        const { afterBytes, direction = 'to-client', followedBy = { kind: 'reset' } } = next
        inDirection(direction, (lane) => {
          lane.limit(afterBytes, () => {
            // What comes after the cut is not on its way any more.
            if (followedBy.kind === 'half-closed' && followedBy.direction === direction) lane.discard()
            setFault(followedBy)
          })
          lane.flow()
        })
        break
      }
    }
    if (isConnecting || target.destroyed || next.kind === 'reset' || (toTarget.isDead && toClient.isDead)) return
    isConnecting = true
    target.setNoDelay(true)
    target.connect(options.target)
  }

  /** A failure of one side is a reset for the other, unless the line between them is dead. */
  const follow = (socket: Socket, other: Socket, lane: ByteLane): void => {
    let hasFailed = false
    socket.on('error', () => {
      hasFailed = true
    })
    socket.on('close', () => {
      if (hasFailed && !lane.isDead) reset(other)
      if (!isConnecting) target.destroy()
      open -= 1
      if (open > 0) return
      toTarget.end()
      toClient.end()
      options.onClosed()
    })
  }
  follow(client, target, toTarget)
  follow(target, client, toClient)
  setFault(options.fault)
  return {
    number,
    get fault() {
      return fault
    },
    get exchanges() {
      return exchanges
    },
    bytes,
    setFault,
  }
}

/** Sends a reset instead of an orderly end. A socket that is just connecting or saying goodbye cannot. */
const reset = (socket: Socket): void => {
  if (socket.connecting || (socket.writableEnded && !socket.writableFinished)) socket.destroy()
  else socket.resetAndDestroy()
}
