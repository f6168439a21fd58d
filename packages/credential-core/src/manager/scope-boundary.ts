import { HoldfastError, matchesPrefix, parseScopeId, type ScopeId } from '@holdfast/contracts'
import type { CredentialContext } from '@holdfast/contracts/credentials'
import type { Audit } from './audit.ts'

const source = 'credential-core'

/** Whether a record's scope lies within an allowed one: the scope itself or below it. A record without scope lies within none, nor does one whose header, which anybody may have written, holds something else. */
export const isWithinScope = (scope: ScopeId | undefined, allowed: ScopeId): boolean =>
  typeof scope === 'string' && (scope === allowed || matchesPrefix(scope, allowed))

/**
 * The scope a call is bound to: the narrower of the view's and the context's. Undefined: not bound. A context that
 * reaches outside the view is a violation.
 */
export const narrowScope = (
  boundary: ScopeId | undefined,
  context: CredentialContext | undefined,
  id: string,
  operation: string,
  audit: Audit,
): ScopeId | undefined => {
  const given = context?.scope
  if (given === undefined || given === boundary) return boundary
  const scope = parseScopeId(given)
  if (boundary !== undefined && !isWithinScope(scope, boundary))
    throw scopeViolation(id, boundary, operation, context, audit)
  return scope
}

/** Throws SCOPE_VIOLATION, with an event and a log line, unless a record of this scope may be touched. */
export const assertWithinScope = (
  scope: ScopeId | undefined,
  allowed: ScopeId | undefined,
  id: string,
  operation: string,
  context: CredentialContext | undefined,
  audit: Audit,
): void => {
  if (allowed === undefined || isWithinScope(scope, allowed)) return
  throw scopeViolation(id, allowed, operation, context, audit)
}

/** Makes the error of a call that reached outside its scope, after telling the audit. It carries nothing of the record. */
export const scopeViolation = (
  id: string,
  allowed: ScopeId,
  operation: string,
  context: CredentialContext | undefined,
  audit: Audit,
): HoldfastError => {
  audit.logger.warn(
    { credentialId: id, operation, allowedScope: allowed, actor: context?.actor, tenant: context?.tenant },
    'scope violation',
  )
  audit.hub.emit('scope.violated', () => ({ ...audit.stamp(context), id, operation, allowedScope: allowed }))
  return new HoldfastError({
    code: 'PERMISSION_DENIED',
    reason: 'SCOPE_VIOLATION',
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} was refused: it lies outside the scope ${allowed}.`,
    hint: 'Use a view with a scope that holds the credential; a parent scope sees its children, never the reverse.',
    details: { id, allowedScope: allowed },
  })
}

/** The scope of a context that must have one. Errors: INVALID_ARGUMENT with reason SCOPE_REQUIRED. */
export const requireScope = (context: CredentialContext | undefined, operation: string): ScopeId => {
  if (context?.scope !== undefined) return parseScopeId(context.scope)
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'SCOPE_REQUIRED',
    source,
    operation,
    message: `${operation} was called without a scope.`,
    hint: 'Pass a context with a scope, for example { scope: parseScopeId("org:acme") }.',
  })
}
