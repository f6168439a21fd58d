import { type ErrorCode, type ErrorReason, HoldfastError } from '@holdfast/contracts'

/** The package that speaks in the errors of this storage. */
export const source = 'storage-memory'

/** No credential under this id, or a deleted one. */
export const notFound = (operation: string, id: string): HoldfastError =>
  refusal('NOT_FOUND', operation, id, 'there is no such credential', 'Check the id; list() shows what is there.')

/** The credential is there, this version of it is not kept. */
export const versionUnknown = (operation: string, id: string): HoldfastError =>
  refusal(
    'NOT_FOUND',
    operation,
    id,
    'this version of it is not kept',
    'history() shows the versions that are; keepVersions says how many.',
    'VERSION_UNKNOWN',
  )

/** `ifVersion` named another state than the one that was found. */
export const versionMismatch = (operation: string, id: string, found: 'another version' | 'nothing'): HoldfastError =>
  refusal(
    'CONFLICT',
    operation,
    id,
    `${found} was found where ifVersion expected something else`,
    'Retrieve it again, and repeat the change on what is there now.',
    'VERSION_MISMATCH',
  )

/** Something that needs a deleted credential met one that is there. */
export const notDeleted = (operation: string, id: string): HoldfastError =>
  refusal('CONFLICT', operation, id, 'it exists and is not deleted', 'Delete it first if that is what you want.')

/** What `failNextWith` makes of a code. */
export const plannedFailure = (code: ErrorCode, operation: string): HoldfastError =>
  new HoldfastError({
    code,
    source,
    operation,
    message: `${operation} failed because failNextWith told it to.`,
    hint: 'It had no effect; the next call works unless more failures are planned.',
  })

const refusal = (
  code: ErrorCode,
  operation: string,
  id: string,
  what: string,
  hint: string,
  reason?: ErrorReason,
): HoldfastError =>
  new HoldfastError({
    code,
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} failed: ${what}.`,
    hint,
    details: { id },
    ...(reason === undefined ? {} : { reason }),
  })
