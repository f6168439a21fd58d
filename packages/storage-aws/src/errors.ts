import { type CallSite, type ErrorCode, type ErrorReason, HoldfastError } from '@holdfast/contracts'

/** The package that speaks in the errors. */
export const source = 'storage-aws'

/** What a condition of AWS or of the way to it means here. */
export interface Condition {
  readonly code: ErrorCode
  readonly reason?: ErrorReason
  readonly problem: string
  readonly hint: string
  /** Default: as the code says. */
  readonly retryable?: false
  /** The request cannot have had an effect, although the code is one of those that leave it open. */
  readonly isUnsent?: true
}

const credentials = {
  code: 'UNAUTHENTICATED',
  problem: 'AWS does not accept the credentials',
  hint: 'Check the access key, the secret key and the session token that the credential chain of the AWS SDK finds (environment, profile, container, instance), and that they belong to this partition.',
} satisfies Condition
const expired = {
  code: 'UNAUTHENTICATED',
  problem: 'the credentials have expired',
  hint: 'Log in again (aws sso login), or let the SDK refresh them: a profile or a role does that, keys in the environment do not.',
} satisfies Condition
const skewed = {
  code: 'UNAUTHENTICATED',
  problem: 'the signature has another time than AWS',
  hint: 'Set the clock of this machine: AWS takes signatures that are at most five minutes off.',
} satisfies Condition
const noCredentials = {
  code: 'UNAUTHENTICATED',
  problem: 'the AWS SDK finds no credentials',
  hint: 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine or container a role.',
  isUnsent: true,
} satisfies Condition
const throttled = {
  code: 'RATE_LIMITED',
  problem: 'AWS takes no more requests of this kind now',
  hint: 'Retry later. All processes of an account share its quotas in a region; storages of one process can share a writeLimiter.',
} satisfies Condition
const unavailable = {
  code: 'UNAVAILABLE',
  problem: 'AWS could not answer',
  hint: 'Retry later; the AWS Health Dashboard tells of outages.',
} satisfies Condition
const unreachable = {
  code: 'UNAVAILABLE',
  problem: 'there is no connection to AWS',
  hint: 'Check region, endpoint, network, proxy and VPC endpoint.',
  isUnsent: true,
} satisfies Condition
const interrupted = {
  code: 'UNAVAILABLE',
  problem: 'the connection was lost',
  hint: 'Retry; a write may have arrived all the same.',
} satisfies Condition
const untrusted = {
  code: 'UNAVAILABLE',
  problem: 'the certificate of the endpoint is not trusted',
  hint: 'Check the endpoint; behind a proxy that opens TLS, name its certificate in NODE_EXTRA_CA_CERTS.',
  retryable: false,
  isUnsent: true,
} satisfies Condition
const keyUnusable = {
  code: 'PERMISSION_DENIED',
  problem: 'the KMS key of the secret cannot be used',
  hint: 'Check that the key is enabled, in this region and not about to be deleted, and that its policy lets this identity use it (kms:Decrypt, kms:GenerateDataKey).',
} satisfies Condition
const invalid = {
  code: 'INVALID_ARGUMENT',
  problem: 'AWS refuses a parameter',
  hint: 'The cause says which one.',
} satisfies Condition
const refused = {
  code: 'CONFLICT',
  problem: 'the state of the secret does not allow it',
  hint: 'The cause says what AWS found: a secret about to be deleted, managed by another service, or a replica.',
} satisfies Condition

/**
 * What each error means, by its name (https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html and
 * those of each action) or by the code of Node or of the SDK.
 */
export const conditions: Readonly<Record<string, Condition>> = {
  ResourceNotFoundException: {
    code: 'NOT_FOUND',
    problem: 'there is no such secret',
    hint: 'Check id, prefix and region; list() shows what is there.',
  },
  ResourceExistsException: {
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    problem: 'a secret of this name exists',
    hint: 'Retrieve it, and repeat the change on what is there now.',
  },
  InvalidRequestException: refused,
  PreconditionNotMetException: refused,
  InvalidParameterException: invalid,
  ValidationException: invalid,
  ValidationError: invalid,
  SerializationException: invalid,
  MalformedPolicyDocumentException: invalid,
  InvalidNextTokenException: invalid,
  LimitExceededException: {
    code: 'RESOURCE_EXHAUSTED',
    reason: 'LIMIT_EXCEEDED',
    problem: 'a quota of Secrets Manager is used up',
    hint: 'A secret takes about 100 versions in 24 hours and 20 staging labels, an account 500,000 secrets: write less often, or ask AWS for more.',
  },
  EncryptionFailure: keyUnusable,
  DecryptionFailure: keyUnusable,
  AccessDeniedException: {
    code: 'PERMISSION_DENIED',
    problem: 'AWS does not allow it',
    hint: 'Allow the action in a policy of this identity.',
  },
  AccessDenied: {
    code: 'PERMISSION_DENIED',
    problem: 'AWS does not allow it',
    hint: 'Allow the action in a policy of this identity.',
  },
  NotAuthorized: {
    code: 'PERMISSION_DENIED',
    problem: 'AWS does not allow it',
    hint: 'Allow the action in a policy of this identity.',
  },
  OptInRequired: {
    code: 'PERMISSION_DENIED',
    problem: 'the account is not subscribed to the service in this region',
    hint: 'Enable the region for the account, or use another one.',
  },
  UnrecognizedClientException: credentials,
  InvalidClientTokenId: credentials,
  InvalidSignatureException: credentials,
  SignatureDoesNotMatch: credentials,
  IncompleteSignature: credentials,
  MissingAuthenticationToken: credentials,
  MissingAuthenticationTokenException: credentials,
  AuthFailure: credentials,
  InvalidAccessKeyId: credentials,
  ExpiredTokenException: expired,
  ExpiredToken: expired,
  TokenRefreshRequired: expired,
  RequestExpired: skewed,
  RequestTimeTooSkewed: skewed,
  RequestInTheFuture: skewed,
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  ProviderError: noCredentials,
  ThrottlingException: throttled,
  Throttling: throttled,
  ThrottledException: throttled,
  RequestThrottled: throttled,
  RequestThrottledException: throttled,
  RequestLimitExceeded: throttled,
  TooManyRequestsException: throttled,
  SlowDown: throttled,
  InternalServiceError: unavailable,
  InternalServiceErrorException: unavailable,
  InternalFailure: unavailable,
  InternalServerError: unavailable,
  ServiceUnavailable: unavailable,
  ServiceUnavailableException: unavailable,
  UnknownOperationException: {
    code: 'UNSUPPORTED',
    problem: 'the endpoint does not know this action',
    hint: 'Check the endpoint; emulators lack some actions.',
  },
  TimeoutError: {
    code: 'TIMEOUT',
    problem: 'AWS did not answer in time',
    hint: 'Retry; a write may have arrived all the same. Check network and VPC endpoint when it goes on.',
  },
  ECONNREFUSED: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ECONNRESET: interrupted,
  ECONNABORTED: interrupted,
  EPIPE: interrupted,
  ERR_STREAM_PREMATURE_CLOSE: interrupted,
  ETIMEDOUT: { ...interrupted, problem: 'the connection timed out' },
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted,
}

/** What failed: the method of the contract, the action of AWS it needed, and on what. */
export interface FailedCall {
  readonly operation: string
  readonly id?: string | undefined
  /** `secretsmanager:GetSecretValue`. */
  readonly action?: string | undefined
  /** The resource that a policy has to name for it. */
  readonly resource?: string | undefined
}

const read = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The condition that an error of the SDK stands for: by name, by code, by what the message says of the clock, by status. */
export const conditionOf = (error: unknown): Condition | undefined => {
  const message = textOf(read(error, 'message'))
  // The code first: the SDK calls a connection that was lost a TimeoutError.
  for (const name of [textOf(read(error, 'code')), textOf(read(error, 'name'))]) {
    if (!Object.hasOwn(conditions, name)) continue
    // A signature is wrong also when its time is.
    if (conditions[name] === credentials && /\b(?:expired|not yet current|clock|time)\b/i.test(message)) return skewed
    return conditions[name]
  }
  if (message === 'Region is missing') return missingRegion
  const status = read(read(error, '$metadata'), 'httpStatusCode') ?? read(read(error, '$response'), 'statusCode')
  if (status === 429) return throttled
  if (typeof status === 'number' && status >= 500) return unavailable
  if (status === 401) return credentials
  if (status === 403) return conditions.AccessDeniedException
  // An AggregateError has one error for each address that was tried.
  const errors: unknown = read(error, 'errors')
  return Array.isArray(errors) && errors.length > 0 ? conditionOf(errors[0]) : undefined
}

const missingRegion: Condition = {
  code: 'INVALID_ARGUMENT',
  reason: 'OPTIONS_INVALID',
  problem: 'no region is known',
  hint: 'Give the option region, set AWS_REGION, or name a region in the profile.',
  isUnsent: true,
}

/** What leaves this package when AWS or the SDK throws. The raw error stays reachable through `originalError(error)` only. */
export const toHoldfastError = (error: unknown, { operation, id, action, resource }: FailedCall): HoldfastError => {
  if (HoldfastError.is(error)) return error
  const condition = conditionOf(error)
  const code = condition?.code ?? 'INTERNAL'
  const name = textOf(read(error, 'name'))
  const isDenied = code === 'PERMISSION_DENIED' && condition !== keyUnusable
  const retryAfterMs = retryAfterMsOf(error)
  return new HoldfastError({
    code,
    ...(condition?.reason === undefined ? {} : { reason: condition.reason }),
    ...(condition?.retryable === undefined ? {} : { retryable: condition.retryable }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    source,
    operation,
    message: `${operation}${id === undefined ? '' : ` of ${JSON.stringify(id)}`} failed: ${condition?.problem ?? 'an unexpected error'}${/^\w{1,60}$/.test(name) ? ` (${name})` : ''}.`,
    hint: isDenied
      ? permissionHint(error, action, resource)
      : (condition?.hint ?? 'Look at the cause; if it is a defect of this library, report it.'),
    details: {
      ...(id === undefined ? {} : { id }),
      ...(action === undefined ? {} : { action }),
      ...(isDenied && resource !== undefined ? { resource } : {}),
    },
    cause: error,
  })
}

/** The statement that is missing from a policy. AWS says `Access to KMS is not allowed` when it is the key that is. */
const permissionHint = (error: unknown, action: string | undefined, resource = '*'): string => {
  if (/\bKMS\b/i.test(textOf(read(error, 'message')))) {
    return 'Allow kms:Decrypt and kms:GenerateDataKey on the key of the secret, in the policy of this identity and in that of the key.'
  }
  if (action === undefined) return 'Allow the action in a policy of this identity.'
  const statement = JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource })
  return `Add to a policy of this identity: ${statement}.`
}

/** Seconds or a date (RFC 9110, section 10.2.3). */
const retryAfterMsOf = (error: unknown): number | undefined => {
  const header = textOf(read(read(read(error, '$response'), 'headers'), 'retry-after'))
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000
  const at = header === '' ? Number.NaN : Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

/** Whether a request that failed like this may have had its effect all the same. */
export const mayHaveArrived = (error: unknown): boolean => {
  if (HoldfastError.is(error)) return false
  const condition = conditionOf(error)
  return condition === undefined || (['UNAVAILABLE', 'TIMEOUT'].includes(condition.code) && condition.isUnsent !== true)
}

interface Refusal extends Pick<CallSite, 'operation'> {
  readonly id: string
}

const refusal = (
  { operation, id }: Refusal,
  code: ErrorCode,
  reason: ErrorReason | undefined,
  what: string,
  hint: string,
  details: Readonly<Record<string, string>> = {},
): HoldfastError =>
  new HoldfastError({
    code,
    ...(reason === undefined ? {} : { reason }),
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} failed: ${what}.`,
    hint,
    details: { id, ...details },
  })

/** No credential under this id, or a deleted one. */
export const notFound = (call: Refusal): HoldfastError =>
  refusal(
    call,
    'NOT_FOUND',
    undefined,
    'there is no such credential',
    'Check id, prefix and region; list() and listDeleted() show what is there.',
  )

/** The credential is there, this version of it is not. */
export const versionUnknown = (call: Refusal): HoldfastError =>
  refusal(
    call,
    'NOT_FOUND',
    'VERSION_UNKNOWN',
    'this version of it is not kept',
    'history() shows those that are: AWS drops old ones when there are more than 100.',
  )

/** The state that was found is not the one that `ifVersion` requires. */
export const versionMismatch = (call: Refusal, found: 'another version' | 'nothing'): HoldfastError =>
  refusal(
    call,
    'CONFLICT',
    'VERSION_MISMATCH',
    `${found} was found where ifVersion expects something else`,
    'Retrieve it again, and repeat the change on what is there now.',
  )

/** Something that needs a deleted credential met one that is there. */
export const notDeleted = (call: Refusal): HoldfastError =>
  refusal(call, 'CONFLICT', undefined, 'it exists and is not deleted', 'Delete it first if that is what you want.')

/** The secret of a deleted credential still holds the name. */
export const nameReserved = (call: Refusal, until: string, canRecover: boolean): HoldfastError =>
  refusal(
    call,
    'ALREADY_EXISTS',
    'NAME_RESERVED',
    `it is deleted, and AWS keeps its name until ${until}`,
    canRecover
      ? 'recover() brings it back, purge() frees the name at once.'
      : 'Open the storage with a recoveryWindowDays of at least 7 to recover or purge it, or wait.',
    { until },
  )

/** AWS removes a secret a little later than it says. */
export const stillBeingRemoved = (call: Refusal): HoldfastError =>
  refusal(
    call,
    'UNAVAILABLE',
    undefined,
    'AWS is still removing the secret that had its name',
    'Retry in some seconds: removal for good happens in the background.',
  )

/** What is stored under the name is not what this library has stored there. */
export const unreadable = (call: Refusal, problem: string): HoldfastError =>
  refusal(
    call,
    'DATA_LOSS',
    'UNREADABLE',
    `what the secret holds cannot be read: ${problem}`,
    'If somebody else keeps this secret, choose another prefix; else recover an earlier version, which history() shows.',
  )
