/** A way to write metrics as text. */
export type MetricsFormat = 'text' | 'openmetrics'

/** The content type of each format. */
export const contentTypes: Readonly<Record<MetricsFormat, string>> = {
  // https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info
  text: 'text/plain; version=0.0.4; charset=utf-8',
  // https://prometheus.io/docs/specs/om/open_metrics_spec/
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/**
 * Chooses the format that whoever asks likes best. OpenMetrics has to be asked for by name; whoever takes neither gets
 * the text format, as with the clients of Prometheus.
 */
export const negotiateFormat = (accept: string | undefined): MetricsFormat => {
  let openmetrics = 0
  let text = 0
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const version = parameterOf(parameters, 'version')
    const quality = Number(parameterOf(parameters, 'q') ?? 1)
    if (type === 'application/openmetrics-text' && (version ?? '1.0.0') === '1.0.0') {
      openmetrics = Math.max(openmetrics, quality)
    } else if (type === '*/*' || type === 'text/*' || (type === 'text/plain' && (version ?? '0.0.4') === '0.0.4')) {
      text = Math.max(text, quality)
    }
  }
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text'
}

/** Tells whether a body may be sent as gzip. */
export const acceptsGzip = (acceptEncoding: string | undefined): boolean =>
  (acceptEncoding ?? '').split(',').some((range) => {
    const [coding = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    return coding === 'gzip' && Number(parameterOf(parameters, 'q') ?? 1) > 0
  })

const parameterOf = (parameters: readonly string[], name: string): string | undefined =>
  parameters
    .find((parameter) => parameter.startsWith(`${name}=`))
    ?.slice(name.length + 1)
    .replace(/^"(.*)"$/, '$1')
