/** Which way bytes go through a proxy. */
export type TcpDirection = 'to-target' | 'to-client'

/** What a proxy does to one connection. Where a direction may be named and is not, it is both. */
export type TcpFault =
  /** Nothing: every byte arrives. */
  | { readonly kind: 'pass' }
  /**
   * Swallows the bytes, and the end of the stream with them, as a network does that has forgotten the connection. What is
   * lost does not come back: the connection stays silent in this direction when the fault is over.
   */
  | { readonly kind: 'drop'; readonly direction?: TcpDirection }
  /** Stops reading, so that buffers fill up as they do behind a process that hangs. When the fault is over everything arrives. */
  | { readonly kind: 'stall'; readonly direction?: TcpDirection }
  /** Sends a reset (RST) to both sides. */
  | { readonly kind: 'reset' }
  /** Delivers late, or a little at a time, or both. */
  | {
      readonly kind: 'slow'
      readonly direction?: TcpDirection
      /** How much later each byte arrives, in milliseconds. Default 0. */
      readonly latencyMs?: number
      /** Bytes delivered in each second. Default: no limit. */
      readonly bytesPerSecond?: number
    }
  /** One side is gone, with its socket, and the other is never told: what the survivor sends is swallowed. Default: the client survives. */
  | { readonly kind: 'half-open'; readonly survivor?: 'client' | 'target' }
  /** Ends one direction after what is on its way, while the other goes on. What is sent in it afterwards is swallowed. */
  | { readonly kind: 'half-closed'; readonly direction: TcpDirection }
  /**
   * Lets this many bytes through from now on, and does something else when another one comes; the other direction is left
   * alone until then. `afterBytes: 0` to the client is a lost answer.
   */
  | {
      readonly kind: 'cut'
      readonly afterBytes: number
      /** Whose bytes are counted. Default `to-client`. */
      readonly direction?: TcpDirection
      /** Default: reset. */
      readonly followedBy?: TcpFault
    }

/** Nothing listens any more and what was connected is reset, as when the process of a server was killed. */
export interface TcpRefusal {
  readonly kind: 'refuse'
}
