import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { StringDecoder } from 'node:string_decoder'
import type { ClusterConfig } from './cluster-config.ts'

/** A request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: object
  /** Asks for objects without their data. */
  readonly metadataOnly?: 'object' | 'list'
  readonly signal: AbortSignal
}

/** What the API server refused, as its `Status` object says it. */
export class ApiRefusal extends Error {
  readonly status: number
  readonly reason: string
  readonly retryAfterSeconds: number | undefined

  constructor(status: number, reason: string, message: string, retryAfterSeconds?: number) {
    super(message)
    this.name = 'ApiRefusal'
    this.status = status
    this.reason = reason
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Speaks to the API server with the credentials of a kubeconfig, over connections that are kept. */
export interface KubernetesApi {
  /** The parsed answer. Throws {@link ApiRefusal} for 4xx and 5xx, and what the network throws. */
  call(call: ApiRequest): Promise<unknown>
  /** The lines of an answer that does not end: a watch. */
  stream(call: ApiRequest): AsyncGenerator<unknown>
  close(): void
}

/** Accept headers for objects without their data (https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables). */
const partial = {
  object: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
} as const

/** How long token and certificates are used before the kubeconfig is asked again, which reads its files: 1 second. Tokens that rotate overlap by minutes. */
const identityLifeMs = 1000

/**
 * Makes a {@link KubernetesApi}. The generated client of @kubernetes/client-node opens a connection for every request, and
 * its Watch has timeouts of its own; only the kubeconfig part is used: files, tokens that rotate, exec plugins, proxies.
 */
export const createKubernetesApi = (kubeConfig: ClusterConfig): KubernetesApi => {
  const agent = new Agent({ keepAlive: true })
  let identity: { readonly options: RequestOptions; readonly until: number } | undefined

  const identify = async (): Promise<RequestOptions> => {
    if (identity !== undefined && performance.now() < identity.until) return identity.options
    const options: RequestOptions = {}
    await kubeConfig.applyToHTTPSOptions(options)
    identity = { options, until: performance.now() + identityLifeMs }
    return options
  }

  const send = async (call: ApiRequest): Promise<IncomingMessage> => {
    const cluster = kubeConfig.getCurrentCluster()
    const url = new URL(`${cluster?.server ?? ''}${call.path}`)
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value)
    }
    const options = await identify()
    const body = call.body === undefined ? undefined : JSON.stringify(call.body)
    const sent = request(url, {
      ...options,
      // A proxy needs the agent that was made for it.
      agent: cluster?.proxyUrl === undefined ? agent : options.agent,
      method: call.method,
      signal: call.signal,
      headers: {
        ...options.headers,
        accept: call.metadataOnly === undefined ? 'application/json' : partial[call.metadataOnly],
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      },
    })
    sent.end(body)
    // The event comes with the answer.
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    if ((response.statusCode ?? 0) < 400) return response
    // What proves who this is may have been replaced meanwhile.
    if (response.statusCode === 401) identity = undefined
    throw refusalOf(response, await textOf(response))
  }

  return {
    async call(call) {
      const text = await textOf(await send(call))
      return text === '' ? undefined : JSON.parse(text)
    },
    async *stream(call) {
      const response = await send(call)
      try {
        // Not node:readline, which waits for ever when its input breaks.
        const decoder = new StringDecoder('utf8')
        let rest = ''
        for await (const chunk of response) {
          const lines = (rest + decoder.write(chunk)).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) if (line !== '') yield JSON.parse(line)
        }
      } finally {
        response.destroy()
      }
    },
    close: () => agent.destroy(),
  }
}

/** By events, which cost less than iterating. */
const textOf = (response: IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    // Also when the connection breaks in the middle.
    response.on('error', reject)
  })

const refusalOf = (response: IncomingMessage, body: string): ApiRefusal => {
  const status = response.statusCode ?? 0
  const { reason, message } = statusObject(body)
  const seconds = Number(response.headers['retry-after'])
  return new ApiRefusal(status, reason, message, seconds > 0 ? seconds : undefined)
}

const statusObject = (body: string): { readonly reason: string; readonly message: string } => {
  try {
    const { reason, message } = Object(JSON.parse(body))
    return { reason: String(reason ?? ''), message: String(message ?? '') }
  } catch {
    return { reason: '', message: '' }
  }
}
