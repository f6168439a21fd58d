import { type ErrorCode, HoldfastError } from '@holdfast/contracts'

/** An error as a sound adapter throws. */
export const failure = (code: ErrorCode, operation: string): HoldfastError =>
  new HoldfastError({ code, source: 'fake-adapter', operation, message: 'No.', hint: 'Try something else.' })
