/** Text that is written out as UTF-8 while it grows. */
export interface PageBuffer {
  append(text: string): void
  /** What was written; the buffer is not written to any more. */
  finish(): Uint8Array<ArrayBuffer>
}

/** Makes a {@link PageBuffer} with room for this many bytes; it takes more when it needs more. */
export const createPageBuffer = (expectedBytes: number): PageBuffer => {
  let buffer = Buffer.allocUnsafeSlow(Math.max(expectedBytes, 1024))
  let length = 0
  return {
    append(text) {
      // UTF-8 takes at most three bytes for each UTF-16 unit.
      const needed = length + text.length * 3
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, buffer.length * 2))
        buffer.copy(larger, 0, 0, length)
        buffer = larger
      }
      length += buffer.write(text, length)
    },
    finish: () => buffer.subarray(0, length),
  }
}
