import { redactText } from './redact-text.ts'

/**
 * What is kept of an error that came from outside: enough to find it in the vendor's logs, nothing that could be a
 * secret. Clients' own errors carry request headers, bodies and row values.
 */
export interface SafeCause {
  readonly name: string
  readonly message: string
  readonly code?: string | number
  /** HTTP or gRPC status. */
  readonly status?: number
  readonly requestId?: string
  readonly cause?: SafeCause
  /** The first three errors of an AggregateError, such as one for each address that refused a connection. */
  readonly errors?: readonly SafeCause[]
}

/** How far chains of causes are followed, which also ends one that leads back to its beginning. */
const maxDepth = 5
const maxErrors = 3

/** Copies the allow-listed fields of anything that was thrown: name, code, status, request id, redacted message, and the same of its causes. Never throws. */
export const toSafeCause = (thrown: unknown): SafeCause => {
  try {
    return copyAllowed(thrown, 0)
  } catch {
    // A Proxy or an exotic object that refuses to be looked at.
    return { name: 'Error', message: '' }
  }
}

const copyAllowed = (thrown: unknown, depth: number): SafeCause => {
  if (typeof thrown === 'function') return { name: 'function', message: '' }
  if (typeof thrown !== 'object' || thrown === null) return { name: typeof thrown, message: redactText(String(thrown)) }
  const message = read(thrown, 'message')
  const code = read(thrown, 'code') ?? read(thrown, 'errno')
  const status =
    read(thrown, 'status') ?? read(thrown, 'statusCode') ?? read(read(thrown, '$metadata'), 'httpStatusCode')
  const requestId = read(thrown, 'requestId') ?? read(read(thrown, '$metadata'), 'requestId')
  const cause = read(thrown, 'cause') ?? undefined
  const errors = read(thrown, 'errors')
  const follow = (inner: unknown): SafeCause => copyAllowed(inner, depth + 1)
  const name = identifier(read(thrown, 'name')) ?? 'Error'
  return {
    name,
    message:
      typeof message === 'string' ? redactText(name === 'SyntaxError' ? withoutQuotation(message) : message) : '',
    ...(typeof code === 'number' ? { code } : {}),
    ...(typeof code === 'string' && identifier(code) !== undefined ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof requestId === 'string' ? { requestId: redactText(requestId, { maxLength: 100 }) } : {}),
    ...(cause !== undefined && depth < maxDepth ? { cause: follow(cause) } : {}),
    ...(isAggregate(errors) && depth < maxDepth ? { errors: errors.slice(0, maxErrors).map(follow) } : {}),
  }
}

/** `JSON.parse` quotes the text that it cannot read, which may be the answer that holds a value. */
const withoutQuotation = (message: string): string => message.replace(/"[\s\S]*"/, '"…"')

/** Lists called `errors` hold anything in some clients, row values too: only real errors are followed. */
const isAggregate = (errors: unknown): errors is readonly Error[] =>
  Array.isArray(errors) && errors.length > 0 && errors.every((error) => error instanceof Error)

const read = (value: unknown, name: string): unknown => {
  if (typeof value !== 'object' || value === null) return undefined
  try {
    return Reflect.get(value, name)
  } catch {
    return undefined
  }
}

/** A name or code, and not a token that somebody put in its place. */
const identifier = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\w.:/-]{1,80}$/.test(value) && redactText(value) === value ? value : undefined
