import type { Readable } from 'node:stream'
import { abortable } from '@holdfast/contracts'

/** Reads a stream to its end, or rejects with CANCELLED when the signal is aborted first; the stream, which could keep the process waiting, is destroyed then. */
export const readStream = async (stream: Readable, signal: AbortSignal, operation: string): Promise<Uint8Array> => {
  const read = async (): Promise<Uint8Array> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
    return Buffer.concat(chunks)
  }
  try {
    return await abortable(read(), signal, { source: 'cli', operation })
  } catch (error) {
    stream.destroy()
    throw error
  }
}
