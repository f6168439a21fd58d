import { HoldfastError } from '../holdfast-error.ts'

/** Longest id in UTF-8 bytes that a store has to accept unless its `limits` say less. */
export const maxCredentialIdBytes = 512

/**
 * Checks an id: 1 to 512 UTF-8 bytes, Unicode in NFC, no control characters, no `/` at either end, and no segment that is
 * empty, `.` or `..`. Case counts. Throws INVALID_ARGUMENT (reason ID_INVALID) saying which rule failed.
 */
export const assertCredentialId = (id: string, source: string, operation: string): void => {
  const problem = credentialIdProblem(id)
  if (problem === undefined) return
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'ID_INVALID',
    source,
    operation,
    message: `The credential id ${typeof id === 'string' ? JSON.stringify(id.slice(0, 80)) : `of type ${typeof id}`} is not valid: ${problem}.`,
    hint: 'Use a path-like name such as db/main: 1 to 512 bytes, no empty, "." or ".." segments, no control characters.',
  })
}

/** What most ids look like. None of them breaks a rule, and finding that out takes one look instead of seven. */
const plainId = /^\w+(?:[-/.:@]\w+)*$/

/** Says what is wrong with an id, or undefined when it is valid. */
export const credentialIdProblem = (id: unknown): string | undefined => {
  if (typeof id !== 'string') return 'it is not a string'
  if (id.length <= maxCredentialIdBytes && plainId.test(id)) return undefined
  if (id.length === 0) return 'it is empty'
  if (id.length > maxCredentialIdBytes || byteLength(id) > maxCredentialIdBytes) {
    return `it is longer than ${maxCredentialIdBytes} bytes in UTF-8`
  }
  if (!id.isWellFormed()) return 'it is not well-formed Unicode'
  if (/\p{Cc}/u.test(id)) return 'it contains a control character'
  if (id.normalize('NFC') !== id) return 'it is not in Unicode normalisation form C'
  if (id.startsWith('/') || id.endsWith('/')) return 'it starts or ends with a slash'
  if (id.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'it has an empty, "." or ".." segment'
  }
  return undefined
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length
