import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Logger, silentLogger } from '@holdfast/contracts'
import { createHttpHandler, type HttpHandler } from '../http/http-handler.ts'
import type { MetricsRegistry } from '../metrics/create-metrics-registry.ts'
import { acceptsGzip, contentTypes, type MetricsFormat, negotiateFormat } from './metrics-format.ts'
import { renderMetrics } from './render-metrics.ts'

/** Options of {@link prometheusHandler}. */
export interface PrometheusHandlerOptions {
  /** Hears of pages that could not be made. */
  readonly logger?: Logger | undefined
}

const compress = promisify(gzip)

/** Pages below this many bytes are sent as they are: they fit into a few packets. */
const minGzipBytes = 4096

/**
 * The page that Prometheus scrapes: text 0.0.4 or OpenMetrics 1.0, whichever the request prefers, as gzip where that is
 * taken. It is written in slices of some 200 µs, so that scraping ten thousand series holds nobody up, and scrapes that come
 * at the same time share one page. It tells everything it has to whoever can reach it: mount it where only Prometheus can.
 */
export const prometheusHandler = (
  registry: Pick<MetricsRegistry, 'collect'>,
  { logger = silentLogger }: PrometheusHandlerOptions = {},
): HttpHandler => {
  const pages = { text: createSharedPage(registry, 'text'), openmetrics: createSharedPage(registry, 'openmetrics') }
  return createHttpHandler({
    name: 'metrics',
    logger,
    async answer({ method, header }) {
      const format = negotiateFormat(header('accept'))
      const headers = { 'content-type': contentTypes[format], vary: 'accept, accept-encoding' }
      if (method === 'HEAD') return { status: 200, headers, body: '' }
      const page = pages[format]()
      const body = await page.plain
      if (body.length < minGzipBytes || !acceptsGzip(header('accept-encoding'))) return { status: 200, headers, body }
      return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: await page.zipped() }
    },
  })
}

/** One page that is being made, and its compressed form when somebody wants it. */
interface SharedPage {
  readonly plain: Promise<Uint8Array<ArrayBuffer>>
  readonly zipped: () => Promise<Uint8Array<ArrayBuffer>>
}

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Answers the page that is being made, and begins a new one when there is none. */
const createSharedPage = (registry: Pick<MetricsRegistry, 'collect'>, format: MetricsFormat): (() => SharedPage) => {
  let current: SharedPage | undefined
  let expectedBytes = 0
  return () => {
    if (current !== undefined) return current
    const plain = renderMetrics(registry, { format, expectedBytes, pause })
    let zipped: Promise<Uint8Array<ArrayBuffer>> | undefined
    const page: SharedPage = {
      plain,
      // Off the event loop, and fast rather than small: a page shrinks to a tenth at any level.
      zipped: () => (zipped ??= plain.then((body) => compress(body, { level: 1 }))),
    }
    current = page
    const forget = (): void => {
      if (current === page) current = undefined
    }
    plain.then((body) => {
      // Some more than last time, so that a few new series do not make it grow.
      expectedBytes = Math.ceil(body.length * 1.1)
      forget()
    }, forget)
    return page
  }
}
