import { type ErrorCode, HoldfastError } from '@holdfast/contracts'

/** An error of the fake adapter. */
export const fakeError = (code: ErrorCode, operation: string, message: string): HoldfastError =>
  new HoldfastError({
    code,
    source: 'fake-adapter',
    operation,
    message,
    hint: 'The options given to createFakeResourceAdapter say what goes wrong, and its calls what was done.',
  })
