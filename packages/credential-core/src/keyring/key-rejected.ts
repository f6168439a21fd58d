import { HoldfastError } from '@holdfast/contracts'

/** The error of a key provider that does not open a slot. */
export const keyRejected = (message: string, hint: string, cause?: unknown): HoldfastError =>
  new HoldfastError({
    code: 'UNAUTHENTICATED',
    reason: 'KEY_REJECTED',
    source: 'credential-core',
    operation: 'unlock',
    message,
    hint,
    cause,
  })
