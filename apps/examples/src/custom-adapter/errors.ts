// #region errors
import { type ErrorCode, HoldfastError } from '@holdfast/contracts'
import { LineError } from './line-client.ts'

/** The package that speaks in the errors of this adapter. */
export const source = 'resource-line'

/** Errors after which a connection is lost: Node's codes. */
const lostCodes: ReadonlySet<unknown> = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'])

/** Whether the connection is lost. What is looked at can be anything that user code throws. */
export const isLost = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && lostCodes.has(error.code)

/** What leaves this package when the client throws. */
export const toHoldfastError = (cause: unknown, operation: string): HoldfastError => {
  if (HoldfastError.is(cause)) return cause
  const [code, hint]: readonly [ErrorCode, string] = isLost(cause)
    ? ['UNAVAILABLE', 'Look whether the server runs and can be reached from here.']
    : cause instanceof LineError && cause.code === 'denied'
      ? ['UNAUTHENTICATED', 'Put the right password where the credential source finds it.']
      : ['INTERNAL', 'Look at the cause.']
  const message = `${operation} of a line connection failed.`
  return new HoldfastError({ code, source, operation, message, hint, cause })
}
// #endregion errors
