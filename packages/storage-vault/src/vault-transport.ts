import type { Secret } from '@holdfast/contracts'
import { redactText } from '@holdfast/contracts'
import type { HttpAnswer, HttpClient, HttpRequest } from './http-client.ts'
import { refusalOf } from './vault-refusal.ts'

/** A request to Vault. */
export interface VaultRequest {
  readonly method: HttpRequest['method']
  /** Below `/v1/`, without a query. */
  readonly path: string
  /** From the `?` on. */
  readonly query?: string
  /** JSON. */
  readonly body?: string | undefined
  readonly signals: readonly AbortSignal[]
  readonly token?: Secret | undefined
  /** Asks outside of the namespace: what only the root namespace answers. Default false. */
  readonly isRooted?: boolean
}

/** What Vault answered. */
export interface VaultAnswer {
  readonly status: number
  readonly headers: HttpAnswer['headers']
  /** The JSON of the body; undefined when there is none. */
  readonly body: unknown
}

/** Speaks HTTP as Vault wants it, without knowing who asks. */
export interface VaultTransport {
  /** Rejects with a VaultRefusal unless it succeeds; the 404 of what is not there is an answer. */
  ask(request: VaultRequest): Promise<VaultAnswer>
  close(): void
}

/** Makes a {@link VaultTransport}. */
export const createVaultTransport = (
  http: HttpClient,
  namespace: string | undefined,
  wallNow: () => number,
): VaultTransport => {
  const shared = { 'X-Vault-Request': 'true', 'Content-Type': 'application/json' }
  const within = namespace === undefined ? shared : { ...shared, 'X-Vault-Namespace': namespace }
  return {
    async ask({ method, path, query = '', body, signals, token, isRooted = false }) {
      const base = isRooted ? shared : within
      // Vault takes its token from this header.
      const headers = token === undefined ? base : { ...base, 'X-Vault-Token': token.reveal() }
      const answer = await http.send({ method, path: `/v1/${path}${query}`, headers, body, signals })
      const content = jsonOf(answer.body)
      if (answer.status < 300) return { status: answer.status, headers: answer.headers, body: content }
      const problems = problemsOf(content, token)
      if (answer.status === 404 && problems?.length === 0) {
        return { status: 404, headers: answer.headers, body: content }
      }
      throw refusalOf(answer, problems ?? ['the answer is not one of Vault'], wallNow())
    },
    close: () => http.close(),
  }
}

/** Undefined for what is no JSON. */
const jsonOf = (text: string): unknown => {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the server says is wrong; undefined when it is not Vault that answers. A missing secret has an empty list, or data that says it was deleted. */
const problemsOf = (content: unknown, token: Secret | undefined): readonly string[] | undefined => {
  if (typeof content !== 'object' || content === null) return undefined
  const errors: unknown = Reflect.get(content, 'errors')
  if (Array.isArray(errors)) {
    // The server quotes what it was sent in some of them.
    const secrets = token === undefined ? [] : [token.reveal()]
    return errors.slice(0, 5).map((problem) => redactText(String(problem), { secrets, maxLength: 300 }))
  }
  return 'data' in content ? [] : undefined
}
