import { type ErrorCode, HoldfastError } from '@holdfast/contracts'

/** The package that speaks in the errors. */
export const source = 'telemetry'

interface Translation {
  readonly code: ErrorCode
  readonly hint: string
}

/** Every condition of the backend and what it is called here. */
const translations: Readonly<Record<string, Translation>> = {
  ECONNREFUSED: { code: 'UNAVAILABLE', hint: 'Check that the backend runs and that its address is right.' },
}

/** What the backend's client threw, as the one error that leaves this package. */
export const toHoldfastError = (error: unknown, operation: string): HoldfastError => {
  if (HoldfastError.is(error)) return error
  const condition: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  const known = typeof condition === 'string' ? translations[condition] : undefined
  return new HoldfastError({
    code: known?.code ?? 'INTERNAL',
    source,
    operation,
    message: `${operation} failed.`,
    hint: known?.hint ?? 'The cause says what the client reported; report it with the operation and the version.',
    cause: error,
  })
}
