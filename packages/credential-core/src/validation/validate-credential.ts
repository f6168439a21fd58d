import type { KindDefinition } from '../kinds/credential-kind.ts'
import { opaque } from '../kinds/opaque.ts'
import { readAsKind } from '../kinds/read-as-kind.ts'
import type { Credential } from '../manager/credential.ts'
import { isRotationRecommended, type RotationPolicy } from './rotation-policy.ts'
import type { ValidationResult } from './validation-result.ts'

/** What {@link validateCredential} goes by. */
export interface ValidationRules {
  /** The kind it should be of; undefined when nothing is known about it. */
  readonly kind: KindDefinition | undefined
  readonly rotationPolicy: RotationPolicy
  /** Wall time in milliseconds. */
  readonly nowMs: number
}

/** Checks a credential that was retrieved: form first, then expiry, then whether it is time to rotate it. */
export const validateCredential = (
  credential: Credential,
  { kind, rotationPolicy, nowMs }: ValidationRules,
): ValidationResult => {
  const { id, version, metadata } = credential
  const problems = kind === undefined ? [] : formProblems(credential, kind)
  const expiresMs = metadata.expiresAt === undefined ? undefined : Date.parse(metadata.expiresAt)
  const isExpired = expiresMs !== undefined && nowMs >= expiresMs
  const status = problems.length > 0 ? 'invalid' : isExpired ? 'expired' : 'valid'
  return {
    id,
    status,
    isValid: status === 'valid',
    isExpired,
    reasons: [
      ...problems,
      ...(isExpired ? [`expired at ${metadata.expiresAt}`] : []),
      ...(kind === undefined ? [`the kind ${metadata.kind} is not registered here, so the form was not checked`] : []),
    ],
    rotationRecommended: isRotationRecommended(metadata, rotationPolicy, nowMs),
    kind: metadata.kind,
    version,
    ...(metadata.expiresAt === undefined || expiresMs === undefined
      ? {}
      : { expiresAt: metadata.expiresAt, remainingMs: expiresMs - nowMs }),
  }
}

/** The result for a credential that could not be looked at. */
export const unseenResult = (id: string, status: 'notFound' | 'invalid', reason: string): ValidationResult => ({
  id,
  status,
  isValid: false,
  isExpired: false,
  reasons: [reason],
  rotationRecommended: false,
})

const formProblems = (credential: Credential, kind: KindDefinition): readonly string[] => {
  if (kind.name === opaque.definition.name) return []
  if (credential.kind !== kind.name && credential.kind !== opaque.definition.name) {
    return [`it is of kind ${credential.kind} and ${kind.name} was expected`]
  }
  return readAsKind(kind, credential.value.reveal()).problems ?? []
}
