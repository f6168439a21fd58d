import { type ErrorCode, type ErrorReason, HoldfastError } from '@holdfast/contracts'

// #region errors
/** The package that speaks in the errors of this storage. */
export const source = 'storage-folder'

/** Every condition of the backend that callers can tell apart: Node's error codes → ours. */
const conditions: Readonly<Record<string, readonly [ErrorCode, ErrorReason | undefined, string]>> = {
  ENOENT: ['NOT_FOUND', undefined, 'Check the id; list() shows what is there.'],
  EACCES: ['PERMISSION_DENIED', undefined, 'Give this process read and write permission on the folder.'],
  EPERM: ['PERMISSION_DENIED', undefined, 'Give this process read and write permission on the folder.'],
  ENOSPC: ['RESOURCE_EXHAUSTED', 'DISK_FULL', 'Free some space and try again.'],
  EROFS: ['PERMISSION_DENIED', 'READ_ONLY', 'Mount the file system writable.'],
  EMFILE: ['UNAVAILABLE', undefined, 'Too many files are open; try again, or raise the limit.'],
}

/** What leaves this package when the backend throws. The raw error stays reachable through originalError(error) only. */
export const toHoldfastError = (cause: unknown, operation: string, id: string): HoldfastError => {
  if (HoldfastError.is(cause)) return cause
  const found = cause instanceof Error && 'code' in cause ? conditions[String(cause.code)] : undefined
  const [code, reason, hint] = found ?? ['INTERNAL', undefined, 'Look at the cause.']
  return refusal(code, reason, operation, `${operation} of ${JSON.stringify(id)} failed`, hint, cause)
}
// #endregion errors

/** One error of this storage. */
export const refusal = (
  code: ErrorCode,
  reason: ErrorReason | undefined,
  operation: string,
  what: string,
  hint: string,
  cause?: unknown,
): HoldfastError =>
  new HoldfastError({
    code,
    source,
    operation,
    message: `${what}.`,
    hint,
    ...(reason === undefined ? {} : { reason }),
    ...(cause === undefined ? {} : { cause }),
  })
