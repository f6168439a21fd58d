import { HoldfastError } from '@holdfast/contracts'

/** The error of a command that was called in a way it cannot be. */
export const usageError = (operation: string, message: string, hint: string): HoldfastError =>
  new HoldfastError({ code: 'INVALID_ARGUMENT', reason: 'OPTIONS_INVALID', source: 'cli', operation, message, hint })
