import { type ErrorCode, type ErrorReason, HoldfastError } from '@holdfast/contracts'

/** The package that speaks in errors. */
export const source = 'storage-local'

interface ErrnoMeaning {
  readonly code: ErrorCode
  readonly reason?: ErrorReason
  readonly problem: string
  readonly hint: string
}

const denied = {
  code: 'PERMISSION_DENIED',
  problem: 'the operating system denied access',
  hint: 'Run as the owner of the store folder, or give that owner access to it.',
} satisfies ErrnoMeaning
const full = {
  code: 'RESOURCE_EXHAUSTED',
  reason: 'DISK_FULL',
  problem: 'the disk or the quota is full',
  hint: 'Make room, then call again; nothing that was acknowledged is affected.',
} satisfies ErrnoMeaning
const tooManyFiles = {
  code: 'UNAVAILABLE',
  problem: 'too many files are open',
  hint: 'Call again with fewer calls at once, or raise the limit of open files (ulimit -n).',
} satisfies ErrnoMeaning
const device = {
  code: 'UNAVAILABLE',
  problem: 'the device reported an error',
  hint: 'Look at the system log: the disk may be failing. Copy the store folder elsewhere while it can be read.',
} satisfies ErrnoMeaning
const exchanged = {
  code: 'DATA_LOSS',
  reason: 'TAMPERED',
  problem: 'a file or folder of the store was exchanged for something else',
  hint: 'Only this library may change what is inside the store folder; put it back from a backup.',
} satisfies ErrnoMeaning
const gone = {
  code: 'UNAVAILABLE',
  problem: 'the store folder is gone',
  hint: 'Mount or restore it, or open the store again with createDirectory to begin an empty one.',
} satisfies ErrnoMeaning

/** What each error of the operating system means here (errno(3); libuv gives Windows errors the same names). */
export const errnoMeanings: Readonly<Record<string, ErrnoMeaning>> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: {
    code: 'PERMISSION_DENIED',
    reason: 'READ_ONLY',
    problem: 'the file system is read-only',
    hint: 'Mount it writable, or use another folder.',
  },
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: full,
  EMFILE: tooManyFiles,
  ENFILE: tooManyFiles,
  ENOMEM: {
    code: 'UNAVAILABLE',
    problem: 'memory ran out',
    hint: 'Call again with fewer calls at once, or give the process more memory.',
  },
  EIO: device,
  ENXIO: device,
  ENODEV: device,
  ESTALE: gone,
  ENOENT: gone,
  ENOTDIR: exchanged,
  EISDIR: exchanged,
  ELOOP: exchanged,
  EBUSY: {
    code: 'UNAVAILABLE',
    problem: 'the file is in use',
    hint: 'Call again; on Windows a virus scanner or a backup often holds new files for a moment.',
  },
  EAGAIN: { code: 'UNAVAILABLE', problem: 'the file is locked', hint: 'Call again.' },
  ETIMEDOUT: {
    code: 'TIMEOUT',
    problem: 'the network file system did not answer',
    hint: 'Check the file server, then call again.',
  },
  ENAMETOOLONG: {
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    problem: 'the path is too long for this file system',
    hint: 'Use a store folder with a shorter path: names below it need up to 255 bytes.',
  },
  ENOTSUP: {
    code: 'UNSUPPORTED',
    problem: 'the file system cannot do that',
    hint: 'Use a local file system such as ext4, XFS, APFS or NTFS.',
  },
  EOPNOTSUPP: {
    code: 'UNSUPPORTED',
    problem: 'the file system cannot do that',
    hint: 'Use a local file system such as ext4, XFS, APFS or NTFS.',
  },
}

/** The error code of the operating system, `''` when it is none. */
export const errnoOf = (error: unknown): string => {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : ''
}

/** Turns anything thrown below into the error a caller gets. `details.outcome` is `unknown` when a write may have happened all the same. */
export const toHoldfastError = (
  error: unknown,
  operation: string,
  details: { readonly id?: string; readonly outcome?: 'unknown' } = {},
): HoldfastError => {
  if (HoldfastError.is(error)) return error
  const errno = errnoOf(error)
  const meaning = Object.hasOwn(errnoMeanings, errno) ? errnoMeanings[errno] : undefined
  const subject = details.id === undefined ? '' : ` of ${JSON.stringify(details.id)}`
  return new HoldfastError({
    code: meaning?.code ?? 'INTERNAL',
    ...(meaning?.reason === undefined ? {} : { reason: meaning.reason }),
    source,
    operation,
    message: `${operation}${subject} failed: ${meaning?.problem ?? 'an unexpected error'}${errno === '' ? '' : ` (${errno})`}.`,
    hint: meaning?.hint ?? 'Look at the cause; if it is a defect of this library, please report it.',
    details: { ...details, ...(errno === '' ? {} : { errno }) },
    cause: error,
  })
}

/** Nothing is stored under the id. */
export const notFound = (id: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    source,
    operation,
    message: `There is no credential ${JSON.stringify(id)} in this store.`,
    hint: 'Check the id against list(), and listDeleted() if it was deleted.',
    details: { id },
  })

/** The version is not, or no longer, kept. */
export const versionUnknown = (id: string, version: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    reason: 'VERSION_UNKNOWN',
    source,
    operation,
    message: `The credential ${JSON.stringify(id)} has no version ${JSON.stringify(version.slice(0, 80))}.`,
    hint: 'Ask history() which versions are kept; keepVersions says how many.',
    details: { id },
  })

/** The credential is not in the state that the caller requires. */
export const versionMismatch = (id: string, operation: string, found: string, hint: string): HoldfastError =>
  new HoldfastError({
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} was refused: ${found}.`,
    hint,
    details: { id },
  })

/** What {@link damagedFile} tells. */
export interface DamagedFileReport {
  readonly id: string
  /** Path of the file. */
  readonly file: string
  readonly problem: string
  /** The newest earlier version that can be read. */
  readonly previousVersion?: string | undefined
}

/** A file of the store is not what was written. */
export const damagedFile = (
  { id, file, problem, previousVersion }: DamagedFileReport,
  operation: string,
): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'TAMPERED',
    source,
    operation,
    message: `The stored file of ${JSON.stringify(id)} is damaged: ${problem} (${file}).`,
    hint:
      previousVersion === undefined
        ? 'No earlier version can be read: restore the file from a backup, or call repair() to move it aside.'
        : `Version ${previousVersion} can still be read with retrieve(id, { version }); repair() moves the damaged file aside and makes that version current.`,
    details: { id, file, ...(previousVersion === undefined ? {} : { previousVersion }) },
  })

/** The file is whole, but of a format that this release does not know. */
export const newerFormat = (
  { id, file, problem }: Omit<DamagedFileReport, 'previousVersion'>,
  operation: string,
): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source,
    operation,
    message: `The stored file of ${JSON.stringify(id)} cannot be read: ${problem} (${file}).`,
    hint: 'Update @holdfast/storage-local.',
    details: { id, file },
  })
