import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { decodeExportedSpans, type ExportedSpan } from './decode-otlp.ts'

/** A server that takes spans by OTLP over HTTP, as a collector does. */
export interface OtlpReceiver {
  readonly url: string
  /** What came, decoded. */
  readonly spans: ExportedSpan[]
  /** What came, as it was sent. */
  readonly bodies: Buffer[]
  close(): Promise<void>
}

/** Starts an {@link OtlpReceiver} on the loopback interface. */
export const startOtlpReceiver = async (): Promise<OtlpReceiver> => {
  const spans: ExportedSpan[] = []
  const bodies: Buffer[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const isProtobuf = request.headers['content-type'] === 'application/x-protobuf'
      if (request.method !== 'POST' || request.url !== '/v1/traces' || !isProtobuf) {
        response.writeHead(415).end()
        return
      }
      const sent = Buffer.concat(chunks)
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
      bodies.push(body)
      spans.push(...decodeExportedSpans(body))
      // An empty ExportTraceServiceResponse: everything was taken.
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    bodies,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
