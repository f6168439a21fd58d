import { createPatternMatcher } from './pattern-matcher.ts'

/** What stands in the output where a secret stood. */
export const redactionMark = '[redacted]'

/** Removes byte sequences from a stream that arrives in chunks. */
export interface Redactor {
  /** Takes the next chunk and gives what can be shown by now. */
  push(chunk: Uint8Array): Uint8Array
  /** Gives the rest: nothing follows. */
  end(): Uint8Array
}

/**
 * Replaces every byte that belongs to any of the patterns; touching and overlapping ones become one `[redacted]`. The
 * result is the same however the text was cut into chunks. Held back is only what could be the beginning of a pattern.
 */
export const createRedactor = (patterns: readonly Uint8Array[]): Redactor => {
  const matcher = createPatternMatcher(patterns)
  const mark = Buffer.from(redactionMark)
  let state = 0
  /** Bytes that are not given out yet. */
  let held = Buffer.alloc(0)
  /** For each held byte, 1 when it belongs to a pattern. */
  let covered = new Uint8Array(0)
  /** The last run of covered bytes, so that a match inside it costs nothing: a secret that repeats itself stays linear. */
  let run = { start: 0, end: 0 }
  /** Whether the last byte given out was covered. */
  let isInside = false

  const cover = (start: number, end: number): void => {
    if (start < run.start) covered.fill(1, start, run.start)
    covered.fill(1, Math.max(start, run.end), end)
    run = { start: start > run.end ? start : Math.min(start, run.start), end }
  }

  /** Gives out the first bytes of `held`: no match that is still to come can reach them. */
  const release = (length: number): Buffer => {
    const pieces: Buffer[] = []
    let start = 0
    for (let index = 0; index < length; index++) {
      const isCovered = covered[index] === 1
      if (isCovered && !isInside) pieces.push(held.subarray(start, index), mark)
      if (!isCovered && isInside) start = index
      isInside = isCovered
    }
    if (!isInside) pieces.push(held.subarray(start, length))
    const released = Buffer.concat(pieces)
    held = Buffer.from(held.subarray(length))
    covered = covered.slice(length)
    run = { start: Math.max(0, run.start - length), end: Math.max(0, run.end - length) }
    return released
  }

  return {
    push(chunk) {
      const before = held.length
      held = Buffer.concat([held, chunk])
      const grown = new Uint8Array(held.length)
      grown.set(covered)
      covered = grown
      for (let index = before; index < held.length; index++) {
        // Both arrays are as long as the text: the index is inside.
        const byte = held[index] as number
        if (state === 0 && matcher.begins[byte] === 0) continue
        state = matcher.next(state, byte)
        const length = matcher.matchLength(state)
        if (length > 0) cover(index + 1 - length, index + 1)
      }
      return release(held.length - matcher.depth(state))
    },
    end() {
      state = 0
      const rest = release(held.length)
      isInside = false
      return rest
    },
  }
}
