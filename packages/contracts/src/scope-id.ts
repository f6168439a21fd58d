import { HoldfastError } from './holdfast-error.ts'

/**
 * Names a place in a hierarchy of owners: `org:acme/team:eng/service:api`. A plain string that has been checked, so it
 * travels through JSON, logs and headers as it is. Make one with {@link parseScopeId}.
 */
export type ScopeId = string & { readonly __scopeId: unique symbol }

/** Longest scope in characters (UTF-16 code units): the limit of spec 000. */
export const maxScopeLength = 512

const segmentPattern = /^[A-Za-z][A-Za-z0-9_-]*:[^\s/:\p{Cc}\p{Cf}](?:[^/:\p{Cc}\p{Cf}]*[^\s/:\p{Cc}\p{Cf}])?$/u

/**
 * Checks a scope: 1 to 512 characters, segments `name:value` separated by `/`, no empty segment, no slash at either end,
 * no control or formatting characters, well-formed Unicode in NFC. Throws INVALID_ARGUMENT (reason ID_INVALID) saying which rule failed.
 */
export const parseScopeId = (text: string): ScopeId => {
  const problem = scopeProblem(text)
  if (problem !== undefined) {
    throw new HoldfastError({
      code: 'INVALID_ARGUMENT',
      reason: 'ID_INVALID',
      source: 'contracts',
      operation: 'parseScopeId',
      message: `The scope ${typeof text === 'string' ? JSON.stringify(text.slice(0, 80)) : `of type ${typeof text}`} is not valid: ${problem}.`,
      hint: 'Write segments as name:value separated by slashes, for example org:acme/team:eng/service:api.',
    })
  }
  // scopeProblem found nothing: the text has the form that ScopeId stands for.
  return text as ScopeId
}

/** Says what is wrong with a scope, or undefined when it is valid. */
export const scopeProblem = (text: unknown): string | undefined => {
  if (typeof text !== 'string') return 'it is not a string'
  if (text.length === 0) return 'it is empty'
  if (text.length > maxScopeLength) return `it has ${text.length} characters and ${maxScopeLength} are allowed`
  if (text.startsWith('/') || text.endsWith('/')) return 'it starts or ends with a slash'
  if (!text.isWellFormed()) return 'it is not well-formed Unicode'
  if (text.normalize('NFC') !== text) return 'it is not in Unicode normalisation form C'
  const bad = text.split('/').find((segment) => !segmentPattern.test(segment))
  return bad === undefined ? undefined : `the segment ${JSON.stringify(bad.slice(0, 80))} is not of the form name:value`
}

/** Whether both are the same scope, letter for letter. */
export const matchesExact = (scope: ScopeId, other: ScopeId): boolean => scope === other

/**
 * Whether `scope` is `prefix` or lies below it. Only whole segments count: `org:ac` never matches `org:acme`, and a
 * child never matches as the prefix of its parent.
 */
export const matchesPrefix = (scope: ScopeId, prefix: ScopeId): boolean =>
  scope.startsWith(prefix) && (scope.length === prefix.length || scope[prefix.length] === '/')
