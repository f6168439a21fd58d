import { HoldfastError } from '@holdfast/contracts'
import { type Condition, source, toHoldfastError } from '../errors.ts'

const rejected = {
  code: 'UNAUTHENTICATED',
  reason: 'KEY_REJECTED',
  problem: 'this KMS key does not open it',
  hint: 'Use the key and the encryption context that it was wrapped with; the slot names the ARN of the key.',
} satisfies Condition
const disabled = {
  code: 'PERMISSION_DENIED',
  problem: 'the KMS key cannot be used now',
  hint: 'Enable it, or cancel its deletion (kms:EnableKey, kms:CancelKeyDeletion).',
} satisfies Condition
const unavailable = {
  code: 'UNAVAILABLE',
  problem: 'AWS KMS could not answer',
  hint: 'Retry later.',
} satisfies Condition

/** The errors of KMS that Secrets Manager does not have, by name (https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html). */
export const kmsConditions: Readonly<Record<string, Condition>> = {
  InvalidCiphertextException: rejected,
  IncorrectKeyException: rejected,
  NotFoundException: {
    code: 'NOT_FOUND',
    problem: 'there is no such KMS key',
    hint: 'Check its id or alias, the region and the account.',
  },
  DisabledException: disabled,
  KMSInvalidStateException: disabled,
  InvalidKeyUsageException: {
    code: 'INVALID_ARGUMENT',
    problem: 'the KMS key is not one that encrypts',
    hint: 'Use a symmetric key with the usage ENCRYPT_DECRYPT.',
  },
  InvalidGrantTokenException: {
    code: 'PERMISSION_DENIED',
    problem: 'a grant is not valid',
    hint: 'Renew the grant, or allow the action in a policy.',
  },
  KeyUnavailableException: unavailable,
  DependencyTimeoutException: unavailable,
  KMSInternalException: unavailable,
}

/** What a provider rejects with when KMS or the SDK throws. */
export const toKmsError = (
  error: unknown,
  operation: 'wrap' | 'unwrap',
  action: string,
  keyId: string,
): HoldfastError => {
  const name = error instanceof Error ? error.name : ''
  const condition = Object.hasOwn(kmsConditions, name) ? kmsConditions[name] : undefined
  if (condition === undefined) return toHoldfastError(error, { operation, action, resource: keyId })
  return new HoldfastError({
    code: condition.code,
    ...(condition.reason === undefined ? {} : { reason: condition.reason }),
    source,
    operation,
    message: `${operation} with the KMS key ${JSON.stringify(keyId)} failed: ${condition.problem} (${name}).`,
    hint: condition.hint,
    details: { keyId, action },
    cause: error,
  })
}

/** What was unwrapped is not what was wrapped: by another key, or no vault key at all. */
export const keyRejected = (keyId: string, problem: string): HoldfastError =>
  new HoldfastError({
    code: 'UNAUTHENTICATED',
    reason: 'KEY_REJECTED',
    source,
    operation: 'unwrap',
    message: `unwrap with the KMS key ${JSON.stringify(keyId)} failed: ${problem}.`,
    hint: rejected.hint,
    details: { keyId },
  })
