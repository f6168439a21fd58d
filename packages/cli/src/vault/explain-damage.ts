import { HoldfastError } from '@holdfast/contracts'
import { keyringId } from '@holdfast/credential-core'

/** Gives an error about a damaged record the hint of this program: what to run, not what to call. Any other stays as it is. */
export const explainDamage = (error: HoldfastError): HoldfastError => {
  const { code, reason, source, operation, details, retryable } = error
  if (code !== 'DATA_LOSS' || typeof details.id !== 'string') return error
  return new HoldfastError({
    code,
    source,
    operation,
    // A message ends with its hint.
    message: error.message.slice(0, -error.hint.length).trimEnd(),
    hint:
      details.id === keyringId
        ? 'Without it no secret can be opened: put this file back from a backup of the store.'
        : `holdfast restore ${details.id} goes back to the version before it and keeps the damaged file; holdfast doctor looks at every secret.`,
    details,
    retryable,
    ...(reason === undefined ? {} : { reason }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  })
}
