import { HoldfastError } from '@holdfast/contracts'
import { unseenResult, validateCredential } from '../validation/validate-credential.ts'
import type { ValidationResult } from '../validation/validation-result.ts'
import type { CredentialTarget, ValidateOptions } from './credential-manager.ts'
import type { CredentialReads } from './credential-reads.ts'
import type { ManagerCore } from './manager-core.ts'
import { readTarget } from './read-target.ts'

/** Validates one credential, as a part of an operation that is already running. Rejects only when the verdict cannot be found out. */
export const validateWithin = async (
  core: ManagerCore,
  reads: CredentialReads,
  target: CredentialTarget,
  options: ValidateOptions,
): Promise<ValidationResult> => {
  const { id, kind } = readTarget(target, 'validate')
  const result = await look(core, reads, id, kind, options)
  const { status, rotationRecommended, reasons } = result
  const fields = { credentialId: id, status, rotationRecommended, reasons }
  if (status === 'valid') core.logger.debug(fields, 'credential validated')
  else core.logger.warn(fields, 'credential is not valid')
  if (rotationRecommended) core.logger.info(fields, 'credential should be rotated')
  core.audit.hub.emit('credential.validated', () => ({
    ...core.audit.stamp(options.context),
    id,
    status,
    rotationRecommended,
  }))
  return result
}

const look = async (
  core: ManagerCore,
  reads: CredentialReads,
  id: string,
  expected: ReturnType<typeof readTarget>['kind'],
  options: ValidateOptions,
): Promise<ValidationResult> => {
  try {
    const credential = await reads.retrieveWithin(id, { ...options, refuseExpired: false }, 'validate')
    const kind = expected ?? core.kinds.get(credential.kind)
    return validateCredential(credential, { kind, rotationPolicy: core.rotationPolicy, nowMs: core.clock.wallNow() })
  } catch (error) {
    if (HoldfastError.is(error, 'NOT_FOUND')) return unseenResult(id, 'notFound', 'there is no such credential')
    if (HoldfastError.is(error, 'DATA_LOSS')) return unseenResult(id, 'invalid', unreadableReason(error))
    throw error
  }
}

const unreadableReason = (error: HoldfastError): string => {
  if (error.reason === 'TAMPERED') return 'the record was damaged or altered'
  if (error.reason === 'KEY_UNKNOWN') return 'no key opens the record'
  if (error.reason === 'ROLLED_BACK') return 'the record is older than one that was seen before'
  return 'the record cannot be read'
}
