import type { IncomingMessage, ServerResponse } from 'node:http'
import { createProblems, type Logger, silentLogger } from '@holdfast/contracts'
import { createHttpHandler, type HttpHandler, type Page } from '../http/http-handler.ts'
import { source } from '../source.ts'
import type { Health, HealthSummary, Readiness } from './health.ts'

/** Options of {@link healthEndpoints}. */
export interface HealthEndpointsOptions {
  /** Defaults `/healthz`, `/readyz`, `/startupz`. */
  readonly paths?: { readonly live?: string; readonly ready?: string; readonly startup?: string } | undefined
  /** What bodies tell: `checks` with names, reasons and latencies, or the `status` alone where strangers can ask. Default `checks`. */
  readonly show?: 'checks' | 'status' | undefined
  /** Hears of pages that could not be made. */
  readonly logger?: Logger | undefined
}

/** The three pages that an orchestrator asks for: 200 for yes, 503 for no, with a JSON body. */
export interface HealthEndpoints {
  /** Is the process alive? Asks nothing, so that a backend that is down never gets the service restarted. */
  readonly live: HttpHandler
  /** May requests come? */
  readonly ready: HttpHandler
  /** Is the start done? */
  readonly startup: HttpHandler
  /** All three by their paths, for `node:http` and what is built on it; what is none of them goes to `next`, or is 404. */
  readonly node: (request: IncomingMessage, response: ServerResponse, next?: () => void) => void
  /** All three by their paths, for servers of the web's Request and Response; what is none of them is 404. */
  readonly fetch: (request: Request) => Promise<Response>
}

/** Makes the endpoints of a service's health. Throws INVALID_ARGUMENT with every problem. */
export const healthEndpoints = (health: Health, options: HealthEndpointsOptions = {}): HealthEndpoints => {
  const { logger = silentLogger, show = 'checks' } = options
  const {
    live: livePath = '/healthz',
    ready: readyPath = '/readyz',
    startup: startupPath = '/startupz',
  } = options.paths ?? {}
  const problems = createProblems(source, 'healthEndpoints')
  const paths = { live: livePath, ready: readyPath, startup: startupPath }
  for (const [name, path] of Object.entries(paths)) {
    problems.require(typeof path === 'string' && path.startsWith('/'), `paths.${name}`, path, 'a path, /healthz')
  }
  problems.require(new Set(Object.values(paths)).size === 3, 'paths', options.paths, 'three different paths')
  problems.require(show === 'checks' || show === 'status', 'show', show, 'checks or status')
  problems.throwIfAny()

  const handler = (name: string, answer: () => Promise<Page>): HttpHandler =>
    createHttpHandler({ name, logger, answer })
  const live = handler('live', async () => page(200, { status: 'up' }))
  const ready = handler('ready', async () => readinessPage(await health.readiness(), show))
  const startup = handler('startup', async () => readinessPage(await health.startup(), show))
  const byPath = new Map([
    [livePath, live],
    [readyPath, ready],
    [startupPath, startup],
  ])
  return {
    live,
    ready,
    startup,
    node(request, response, next) {
      const found = byPath.get(pathOf(request.url ?? '/'))
      if (found !== undefined) found.node(request, response)
      else if (next !== undefined) next()
      else response.writeHead(404).end()
    },
    fetch: async (request) =>
      byPath.get(pathOf(new URL(request.url).pathname))?.fetch(request) ?? new Response(null, { status: 404 }),
  }
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? ''

const page = (status: number, body: object): Page => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: `${JSON.stringify(body)}\n`,
})

const readinessPage = ({ isReady, reason, summary }: Readiness, show: 'checks' | 'status'): Page => {
  const status = isReady ? (summary?.status ?? 'up') : 'down'
  if (show === 'status') return page(isReady ? 200 : 503, { status })
  const why = reason ?? summary?.reason
  return page(isReady ? 200 : 503, {
    status,
    ...(why === undefined ? {} : { reason: why }),
    ...(summary === undefined ? {} : { checks: checksOf(summary) }),
  })
}

/** Without the details of the checks, which are for the eyes of the process. */
const checksOf = ({ checks }: HealthSummary): object =>
  Object.fromEntries(Object.entries(checks).map(([name, { details: _, ...report }]) => [name, report]))
