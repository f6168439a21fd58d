import type { IncomingHttpHeaders } from 'node:http'
import type { HttpFault } from './http-fault.ts'

/** A request that has come to a proxy, and what became of it. */
export interface ProxiedRequest {
  /** Which one it is of all, beginning with 1. */
  readonly number: number
  readonly method: string
  /** Path and query as they were sent. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
  /** What has been read of the body, at most as much as the proxy keeps. */
  readonly body: Buffer
  readonly fault: HttpFault
  /** What the target answered; absent until its head has come, and if it was never asked. */
  readonly answer: ProxiedAnswer | undefined
  /** Whether it is over: answered to its end, or given up by either side. */
  readonly isOver: boolean
}

/** What the target answered. */
export interface ProxiedAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A body that is kept in part while it passes. */
export interface KeptBody {
  add(bytes: Buffer): void
  read(): Buffer
}

/** Keeps at most this many bytes of a body. */
export const createKeptBody = (maxBytes: number): KeptBody => {
  const chunks: Buffer[] = []
  let left = maxBytes
  return {
    add(bytes) {
      if (left > 0) chunks.push(bytes.subarray(0, left))
      left -= Math.min(left, bytes.length)
    },
    read: () => Buffer.concat(chunks),
  }
}
