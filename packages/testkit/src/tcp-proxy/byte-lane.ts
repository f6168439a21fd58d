import type { Socket } from 'node:net'
import type { Clock, Timer } from '@holdfast/contracts'

/** One direction of a connection: bytes are taken from one socket and put into the other, as the mode says. */
export interface ByteLane {
  /** Delivers at once. */
  flow(): void
  /** Delivers nothing and reads nothing, until the mode changes. */
  hold(): void
  /** Delivers late and slowly. */
  pace(latencyMs: number, bytesPerSecond: number): void
  /** Delivers nothing any more, whatever is asked of it later. */
  swallow(): void
  /** Forgets what has been read and not delivered. */
  discard(): void
  /** Ends the sink after what has been read so far, and swallows the rest. */
  finish(): void
  /** Calls back when a byte comes after this many, before it is delivered. Replaces an earlier limit; Infinity: none. */
  limit(bytes: number, onReached: () => void): void
  /** Whether it has been told to swallow. */
  readonly isDead: boolean
  /** Leaves no timer behind. */
  end(): void
}

/** What a {@link ByteLane} is made of. */
export interface ByteLaneOptions {
  readonly source: Socket
  readonly sink: Socket
  readonly clock: Clock
  /** Called with what was read, before it is delivered. */
  readonly onRead: (bytes: Buffer) => void
  /** Called when this many bytes were handed to the sink. */
  readonly onDelivered: (bytes: number) => void
}

/** Bytes that may wait before the source is no longer read. */
const highWaterBytes = 64 * 1024
/** Slices in which a slow lane delivers what it may in a second: one every 10 ms. */
const slicesPerSecond = 100

/** Makes a {@link ByteLane} that flows. */
export const createByteLane = ({ source, sink, clock, onRead, onDelivered }: ByteLaneOptions): ByteLane => {
  const queue: { bytes: Buffer; readonly arrivedAt: number }[] = []
  let queued = 0
  let mode: 'flow' | 'hold' | 'pace' | 'swallow' = 'flow'
  let latencyMs = 0
  let bytesPerSecond = Number.POSITIVE_INFINITY
  let freeAt = 0
  let allowed = Number.POSITIVE_INFINITY
  let onReached = (): void => {}
  let hasEnded = false
  let isFinishing = false
  let isDead = false
  let isBlocked = false
  let writes = 0
  let timer: Timer | undefined

  const setMode = (next: typeof mode): void => {
    if (mode === 'swallow') return
    mode = next
    timer?.cancel()
    timer = undefined
    pump()
  }
  const discard = (): void => {
    queue.length = 0
    queued = 0
  }
  /** Delivers what may be delivered now, and sees to it that the rest is when its time has come. */
  const pump = (): void => {
    while (isDeliverable()) {
      const [head] = queue
      if (head === undefined) break
      if (mode === 'pace' && waitFor(Math.max(head.arrivedAt + latencyMs, freeAt))) break
      if (allowed === 0) {
        // What may still pass has to be gone first: a reset would take it along.
        if (writes > 0) break
        allowed = Number.POSITIVE_INFINITY
        onReached()
        continue
      }
      deliver(head)
    }
    if (queue.length === 0 && (hasEnded || isFinishing) && mode !== 'hold' && mode !== 'swallow') {
      sink.end()
      mode = 'swallow'
    }
    if (mode === 'hold' || queued > highWaterBytes) source.pause()
    else source.resume()
  }
  const isDeliverable = (): boolean =>
    queue.length > 0 && !isBlocked && timer === undefined && (mode === 'flow' || mode === 'pace')
  const waitFor = (time: number): boolean => {
    const leftMs = time - clock.monotonicNow()
    if (leftMs <= 0) return false
    timer = clock.setTimer(() => {
      timer = undefined
      pump()
    }, leftMs)
    return true
  }
  const deliver = (head: { bytes: Buffer }): void => {
    const sliceBytes = mode === 'pace' ? Math.max(1, Math.ceil(bytesPerSecond / slicesPerSecond)) : head.bytes.length
    const slice = head.bytes.subarray(0, Math.min(sliceBytes, allowed))
    if (slice.length === head.bytes.length) queue.shift()
    else head.bytes = head.bytes.subarray(slice.length)
    queued -= slice.length
    allowed -= slice.length
    if (mode === 'pace') freeAt = Math.max(freeAt, clock.monotonicNow()) + (slice.length / bytesPerSecond) * 1000
    onDelivered(slice.length)
    if (sink.destroyed) return
    writes += 1
    isBlocked = !sink.write(slice, onWritten)
  }
  const onWritten = (): void => {
    writes -= 1
    if (writes > 0) return
    isBlocked = false
    pump()
  }

  source.on('data', (bytes: Buffer) => {
    onRead(bytes)
    if (mode === 'swallow' || isFinishing) return
    queue.push({ bytes, arrivedAt: clock.monotonicNow() })
    queued += bytes.length
    pump()
  })
  source.on('end', () => {
    hasEnded = true
    pump()
  })
  return {
    flow: () => setMode('flow'),
    hold: () => setMode('hold'),
    pace(laterMs, perSecond) {
      latencyMs = laterMs
      bytesPerSecond = perSecond
      setMode('pace')
    },
    swallow() {
      isDead = true
      discard()
      setMode('swallow')
    },
    discard,
    finish() {
      isFinishing = true
      setMode('flow')
    },
    limit(bytes, callback) {
      allowed = bytes
      onReached = callback
    },
    get isDead() {
      return isDead
    },
    end() {
      discard()
      setMode('swallow')
    },
  }
}
