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
}

const maxDepth = 5

/** Copies the allow-listed fields of anything that was thrown: name, code, status, request id, redacted message, and the same of its cause. */
export const toSafeCause = (thrown: unknown, depth = 0): SafeCause => {
  if (typeof thrown !== 'object' || thrown === null) return { name: typeof thrown, message: redactText(String(thrown)) }
  const code = read(thrown, 'code') ?? read(thrown, 'errno')
  const status =
    read(thrown, 'status') ?? read(thrown, 'statusCode') ?? read(read(thrown, '$metadata'), 'httpStatusCode')
  const requestId = read(thrown, 'requestId') ?? read(read(thrown, '$metadata'), 'requestId')
  const cause = read(thrown, 'cause')
  return {
    name: identifier(read(thrown, 'name')) ?? 'Error',
    message: redactText(String(read(thrown, 'message') ?? '')),
    ...(typeof code === 'number' ? { code } : {}),
    ...(typeof code === 'string' && identifier(code) !== undefined ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof requestId === 'string' ? { requestId: redactText(requestId, { maxLength: 100 }) } : {}),
    ...(cause !== undefined && cause !== null && depth < maxDepth ? { cause: toSafeCause(cause, depth + 1) } : {}),
  }
}

const read = (value: unknown, name: string): unknown => {
  if (typeof value !== 'object' || value === null) return undefined
  try {
    return Reflect.get(value, name)
  } catch {
    return undefined
  }
}

const identifier = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\w.:/-]{1,80}$/.test(value) ? value : undefined
