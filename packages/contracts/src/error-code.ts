/**
 * Every code an error of this repository can have: the closed list callers branch on. Where one fits it is the name of
 * the gRPC canonical code (https://grpc.io/docs/guides/status-codes/); `CONFLICT`, `RATE_LIMITED`, `TIMEOUT`, `CLOSED`
 * and `UNSUPPORTED` say more precisely what gRPC calls ABORTED, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED and UNIMPLEMENTED.
 */
export const errorCodes = [
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'INVALID_ARGUMENT',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'CONFLICT',
  'RATE_LIMITED',
  'RESOURCE_EXHAUSTED',
  'UNAVAILABLE',
  'TIMEOUT',
  'CANCELLED',
  'DATA_LOSS',
  'UNSUPPORTED',
  'CLOSED',
  'INTERNAL',
] as const

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number]

const transientCodes: ReadonlySet<ErrorCode> = new Set(['RATE_LIMITED', 'UNAVAILABLE', 'TIMEOUT'])

/** Tells whether errors of this code may go away by themselves, which is what `retryable` is unless an error says otherwise. */
export const isTransientCode = (code: ErrorCode): boolean => transientCodes.has(code)
