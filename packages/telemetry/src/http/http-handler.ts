import type { IncomingMessage, ServerResponse } from 'node:http'
import { HoldfastError, type Logger } from '@holdfast/contracts'
import { safeLogger } from '../safe-logger.ts'

/** What a page has to know of the request for it. */
export interface PageRequest {
  readonly method: 'GET' | 'HEAD'
  /** A header by its lower-case name. */
  header(name: string): string | undefined
}

/** What is answered. */
export interface Page {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
}

/** One page of HTTP for every kind of server. It looks at no path: mount it where it belongs. */
export interface HttpHandler {
  /** For `node:http` and what is built on it: `http.createServer(page.node)`, `app.get('/metrics', page.node)` in Express. */
  readonly node: (request: IncomingMessage, response: ServerResponse) => void
  /** For servers that speak the web's Request and Response: Hono, Next.js, Bun, Deno. */
  readonly fetch: (request: Request) => Promise<Response>
}

/** What an {@link HttpHandler} is made of. */
export interface HttpHandlerOptions {
  /** Makes the page. A HEAD request gets the same without the body, which may be left empty for it. */
  readonly answer: (request: PageRequest) => Promise<Page>
  /** Hears of pages that could not be made; whoever asked hears only that. */
  readonly logger: Logger
  /** What the log calls it: `metrics`. */
  readonly name: string
}

/** Labels and reasons are text from elsewhere: no browser may take them for a document, and no proxy keeps them. */
const alwaysHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

const plain = (status: number, text: string, headers: Page['headers'] = {}): Page => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body: `${text}\n`,
})

/** Makes an {@link HttpHandler} that answers GET and HEAD. */
export const createHttpHandler = ({ answer, logger, name }: HttpHandlerOptions): HttpHandler => {
  const pageFor = async (method: string, header: PageRequest['header']): Promise<Page> => {
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Only GET and HEAD.', { allow: 'GET, HEAD' })
    try {
      return await answer({ method, header })
    } catch (error) {
      const kind = HoldfastError.is(error) ? error.code : error instanceof Error ? error.name : typeof error
      safeLogger(logger).error({ page: name, error: kind }, 'a page could not be made')
      return plain(500, 'The page could not be made; the log of the service says why.')
    }
  }
  return {
    node(request, response) {
      const header = (wanted: string): string | undefined => {
        const value = request.headers[wanted]
        return Array.isArray(value) ? value.join(', ') : value
      }
      const method = request.method ?? 'GET'
      pageFor(method, header).then(({ status, headers, body }) => {
        const length: Page['headers'] = method === 'HEAD' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
        response.writeHead(status, { ...alwaysHeaders, ...headers, ...length })
        response.end(method === 'HEAD' ? undefined : body)
      })
    },
    async fetch(request) {
      const { status, headers, body } = await pageFor(
        request.method,
        (wanted) => request.headers.get(wanted) ?? undefined,
      )
      const init = { status, headers: { ...alwaysHeaders, ...headers } }
      return new Response(request.method === 'HEAD' ? null : body, init)
    },
  }
}
