import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** Options of {@link httpAnswer}. */
export interface HttpAnswerOptions {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The certificate authority of an https server, as PEM. */
  readonly ca?: string | undefined
  readonly timeoutMs?: number
  /** What counts as an answer. Default: 200 to 299. */
  readonly accept?: (status: number) => boolean
}

/** One request on a connection of its own, which is all that readiness and preparation of a server need. Resolves with the body. */
export const httpAnswer = (url: string, options: HttpAnswerOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body = '', ca, timeoutMs = 5000 } = options
    const { accept = (status: number) => status >= 200 && status < 300 } = options
    const send = url.startsWith('https:') ? requestHttps : requestHttp
    const signal = AbortSignal.timeout(timeoutMs)
    const request = send(
      url,
      { method, headers, ...(ca === undefined ? {} : { ca }), agent: false, signal },
      (response) => {
        const status = response.statusCode ?? 0
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('error', reject)
        response.on('end', () => {
          if (accept(status)) resolve(text)
          else
            reject(new Error(`${method} ${new URL(url).pathname} was answered with ${status}: ${text.slice(0, 300)}`))
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })

/** Repeats an attempt until it succeeds; after `deadlineMs` rejects with the last problem. */
export const untilSuccess = async <T>(attempt: () => Promise<T>, deadlineMs: number): Promise<T> => {
  const deadline = performance.now() + deadlineMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
