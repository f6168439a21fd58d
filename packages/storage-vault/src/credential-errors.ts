import { type ErrorCode, type ErrorReason, HoldfastError } from '@holdfast/contracts'
import { source } from './errors.ts'

/** Nothing is stored under the id. */
export const notFound = (id: string, operation: string): HoldfastError =>
  refused(
    'NOT_FOUND',
    undefined,
    id,
    operation,
    'there is no such credential',
    'Check the id; list() shows what is there.',
  )

/** The credential is there, this version of it is not kept. */
export const versionUnknown = (id: string, operation: string): HoldfastError =>
  refused(
    'NOT_FOUND',
    'VERSION_UNKNOWN',
    id,
    operation,
    'this version of it is not kept',
    'history() shows those that are; max_versions of the engine says how many.',
  )

/** `ifVersion` named another state than the one that was found. */
export const versionMismatch = (id: string, operation: string, found: string): HoldfastError =>
  refused(
    'CONFLICT',
    'VERSION_MISMATCH',
    id,
    operation,
    `${found} was found where ifVersion expected something else`,
    'Retrieve it again, and repeat the change on what is there now.',
  )

/** Something that needs a deleted credential met one that is there. */
export const notDeleted = (id: string, operation: string): HoldfastError =>
  refused(
    'CONFLICT',
    undefined,
    id,
    operation,
    'it exists and is not deleted',
    'Delete it first if that is what you want.',
  )

/** What is stored was not written by this library, or is damaged. */
export const unreadable = (id: string, operation: string, path: string, problem: string): HoldfastError =>
  refused(
    'DATA_LOSS',
    'UNREADABLE',
    id,
    operation,
    `what is stored at ${path} is no credential of ours: ${problem}`,
    'If other tools write there, use another prefix; history() and retrieve(id, { version }) may show an earlier state.',
  )

/** More than the server stores in one entry. */
export const entryTooLarge = (id: string, bytes: number, allowed: number): HoldfastError =>
  refused(
    'INVALID_ARGUMENT',
    'LIMIT_EXCEEDED',
    id,
    'store',
    `with its metadata it takes ${bytes} bytes as JSON, and ${allowed} are allowed`,
    'Store less, or set maxEntryBytes to what the storage of the server takes.',
  )

/** Makes the error of a call about one credential. */
const refused = (
  code: ErrorCode,
  reason: ErrorReason | undefined,
  id: string,
  operation: string,
  problem: string,
  hint: string,
): HoldfastError =>
  new HoldfastError({
    code,
    ...(reason === undefined ? {} : { reason }),
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} failed: ${problem}.`,
    hint,
    details: { id },
  })
