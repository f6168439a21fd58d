import type { Readable } from 'node:stream'
import { abortable } from '@holdfast/contracts'

/** Reads a stream to its end, or rejects with CANCELLED when the signal is aborted first. */
export const readStream = (stream: Readable, signal: AbortSignal, operation: string): Promise<Uint8Array> => {
  const read = async (): Promise<Uint8Array> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
    return Buffer.concat(chunks)
  }
  return abortable(read(), signal, { source: 'cli', operation })
}
