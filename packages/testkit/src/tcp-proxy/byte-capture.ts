import type { TcpDirection } from './tcp-fault.ts'

/** What went through a proxy, for tests that search it. Bytes of one connection stand together. */
export interface TcpCapture {
  readonly toTarget: Buffer
  readonly toClient: Buffer
  /** Bytes that came after the limit and are not in here: a test that searches for secrets expects 0. */
  readonly missedBytes: number
}

/** Keeps the first bytes of what it is given. */
export interface ByteCapture {
  add(connection: number, direction: TcpDirection, bytes: Buffer): void
  read(): TcpCapture
}

/** Makes a {@link ByteCapture} of at most this many bytes in each direction. */
export const createByteCapture = (maxBytes: number): ByteCapture => {
  const kept: Readonly<Record<TcpDirection, Map<number, Buffer[]>>> = { 'to-target': new Map(), 'to-client': new Map() }
  const left: Record<TcpDirection, number> = { 'to-target': maxBytes, 'to-client': maxBytes }
  let missedBytes = 0
  return {
    add(connection, direction, bytes) {
      const fitting = bytes.subarray(0, left[direction])
      missedBytes += bytes.length - fitting.length
      left[direction] -= fitting.length
      if (fitting.length === 0) return
      const chunks = kept[direction].get(connection)
      if (chunks === undefined) kept[direction].set(connection, [fitting])
      else chunks.push(fitting)
    },
    read: () => ({
      toTarget: Buffer.concat([...kept['to-target'].values()].flat()),
      toClient: Buffer.concat([...kept['to-client'].values()].flat()),
      missedBytes,
    }),
  }
}
