import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { parentPort, Worker, workerData } from 'node:worker_threads'

/** What a backend once answered to a kind of request. */
export interface RecordedAnswer {
  /** Which requests get it: text that stands in the method and path, or in a header's value. */
  readonly when: string
  /** The header to look into. Default: method and path. */
  readonly header?: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** What a server with https proves itself with: both in PEM. */
export interface ServerCertificate {
  readonly key: string
  readonly certificate: string
}

/** A server that says the same again and again. */
export interface ReplayServer {
  readonly url: string
  close(): Promise<void>
}

/**
 * Starts a server on 127.0.0.1, in a thread of its own, that reads each request and replays the first answer that fits. It
 * costs so little that what a driver adds to its client shows, which the milliseconds of a real server hide.
 */
export const startReplayServer = async (
  answers: readonly RecordedAnswer[],
  certificate?: ServerCertificate,
): Promise<ReplayServer> => {
  const input: WorkerInput = {
    answers,
    tls: certificate === undefined ? {} : { key: certificate.key, cert: certificate.certificate },
  }
  const worker = new Worker(new URL(import.meta.url), { workerData: input })
  const [port] = await once(worker, 'message')
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    close: async () => void (await worker.terminate()),
  }
}

interface WorkerInput {
  readonly answers: readonly RecordedAnswer[]
  readonly tls: { readonly key?: string; readonly cert?: string }
}

if (parentPort !== null) {
  // Given by startReplayServer.
  const { answers: recorded, tls } = workerData as WorkerInput
  const answers = recorded.map((answer) => ({
    ...answer,
    bytes: Buffer.from(answer.body),
  }))
  const listener: RequestListener = (request, response) => {
    const answer = answers.find(({ when, header }) =>
      (header === undefined ? `${request.method} ${request.url}` : String(request.headers[header])).includes(when),
    )
    request.on('end', () => {
      response.writeHead(answer?.status ?? (answer === undefined ? 501 : 200), {
        ...answer?.headers,
        'content-length': answer?.bytes.length ?? 0,
      })
      response.end(answer?.bytes)
    })
    request.resume()
  }
  const server = tls.cert === undefined ? createServer(listener) : createSecureServer(tls, listener)
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    parentPort?.postMessage(typeof address === 'object' ? address?.port : 0)
  })
}
