import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the pages say, asked anew for each request. */
export interface ProbeAnswers {
  /** Why no requests may come; undefined when they may. */
  notReady(): string | undefined
  isStarted(): boolean
}

/** The pages of an orchestrator. */
export interface ProbeServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Answers `/healthz`, `/readyz` and `/startupz` with 200 or 503 and the reason. Whoever asks `/healthz` gets 200 as long as
 * the process runs: restarting it would not heal what it depends on.
 */
export const serveProbes = async (
  { port, host }: { readonly port: number; readonly host?: string | undefined },
  { notReady, isStarted }: ProbeAnswers,
): Promise<ProbeServer> => {
  const pages: Readonly<Record<string, () => string | undefined>> = {
    '/healthz': () => undefined,
    '/readyz': notReady,
    '/startupz': () => (isStarted() ? undefined : 'starting'),
  }
  const server = createServer((request, response) => {
    const page = pages[request.url?.split('?', 1)[0] ?? '']
    response.setHeader('cache-control', 'no-store')
    if (page === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404).end()
      return
    }
    const reason = page()
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.writeHead(reason === undefined ? 200 : 503)
    response.end(`${JSON.stringify(reason === undefined ? { status: 'up' } : { status: 'down', reason })}\n`)
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    // It listens on a port, so its address is no path.
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
