import type { HttpAnswer } from './http-client.ts'

/** A refusal of the server, as it is thrown inside this package. It holds nothing of the request. */
export interface VaultRefusal extends Error {
  readonly status: number
  /** What the server says is wrong, without secrets. */
  readonly problems: readonly string[]
  readonly retryAfterMs?: number
}

/** Makes a {@link VaultRefusal} of an answer. */
export const refusalOf = (
  { status, headers }: Pick<HttpAnswer, 'status' | 'headers'>,
  problems: readonly string[],
  wallNow: number,
): VaultRefusal => {
  const retryAfterMs = retryAfterOf(headers['retry-after'], wallNow)
  return Object.assign(new Error(problems.join('; ') || `status ${status}`), {
    name: 'VaultRefusal',
    status,
    problems,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** Whether something thrown is a {@link VaultRefusal}, of this status and text if they are given. */
export const isRefusal = (error: unknown, status?: number, text?: RegExp): error is VaultRefusal =>
  error instanceof Error &&
  error.name === 'VaultRefusal' &&
  (status === undefined || Reflect.get(error, 'status') === status) &&
  (text === undefined || text.test(error.message))

/** Retry-After of RFC 9110, section 10.2.3: seconds, or a date. */
const retryAfterOf = (header: string | undefined, wallNow: number): number | undefined => {
  if (header === undefined) return undefined
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - wallNow
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
