import { HoldfastError } from '@holdfast/contracts'

const source = 'credential-core'

/** The error of a write that must not replace what is there. */
export const alreadyExists = (id: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'ALREADY_EXISTS',
    source,
    operation,
    message: `${JSON.stringify(id)} exists already and duplicates are refused.`,
    hint: "Use update to replace it, or onDuplicate: 'overwrite'.",
    details: { id },
  })

/** The error of a write that would move a record into another scope. */
export const scopeImmutable = (id: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'SCOPE_IMMUTABLE',
    source,
    operation,
    message: `${operation} would move ${JSON.stringify(id)} into another scope.`,
    hint: 'A scope is fixed when the credential is created: store it under another id, or delete it and create it anew.',
    details: { id },
  })

/** The error of a write that needs something to be there. */
export const nothingToChange = (id: string, operation: string, hint: string): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    source,
    operation,
    message: `There is no credential ${JSON.stringify(id)} to ${operation}.`,
    hint,
    details: { id },
  })

/** The error of a write that says twice, and so perhaps differently, what to do when the id is taken. */
export const conflictingPolicies = (id: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} was given both ifVersion and onDuplicate.`,
    hint: 'Pass one of them: ifVersion already says what to do when the id is taken.',
    details: { id },
  })
