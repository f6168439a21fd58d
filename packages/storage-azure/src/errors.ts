import { type ErrorCode, type ErrorReason, HoldfastError } from '@holdfast/contracts'
import type { Version } from '@holdfast/contracts/credentials'

/** The package that speaks in the errors. */
export const source = 'storage-azure'

/** What is known of a failed call beside the error. */
export interface FailedCall {
  readonly operation: string
  /** The credential it was about. */
  readonly id?: string | undefined
  /** Whether it may have had its effect although it failed: a write that was sent. */
  readonly isWrite?: boolean | undefined
}

interface Translation {
  readonly code: ErrorCode
  readonly reason?: ErrorReason
  readonly message: string
  readonly hint: string
  readonly retryable?: boolean
  /** Nothing was sent, so that nothing can have happened. */
  readonly isUnsent?: true
}

const certificateHint =
  'Name the certificate authority with caFile or NODE_EXTRA_CA_CERTS, and check that the host in vaultUrl is the vault’s own.'
const networkHint = 'Check vaultUrl, the network and its firewall; the call can be repeated.'

const unreachable = { code: 'UNAVAILABLE', message: 'could not reach the vault', hint: networkHint } as const

/** Conditions of the network and of TLS, by the code of Node's error. */
const networkConditions: Readonly<Record<string, Translation>> = {
  ...Object.fromEntries(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'REQUEST_SEND_ERROR'].map((code) => [code, unreachable])),
  ...Object.fromEntries(
    ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'].map((code) => [
      code,
      { ...unreachable, isUnsent: true } as const,
    ]),
  ),
  ENOTFOUND: {
    code: 'UNAVAILABLE',
    message: 'could not find the host of the vault',
    hint: 'Check vaultUrl and the DNS.',
    isUnsent: true,
  },
  ...Object.fromEntries(
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'CERT_HAS_EXPIRED',
    ].map((code) => [
      code,
      {
        code: 'UNAVAILABLE',
        message: 'does not trust the certificate of the vault',
        hint: certificateHint,
        retryable: false,
        isUnsent: true,
      } as const,
    ]),
  ),
}

/** Least role that allows each operation (https://learn.microsoft.com/azure/key-vault/general/rbac-guide). */
const roleFor = (operation: string): string =>
  operation === 'retrieve' || operation === 'exists' ? 'Key Vault Secrets User' : 'Key Vault Secrets Officer'

/** Conditions of the service, by the code inside its error, its code, or the HTTP status, in this order. */
const serviceConditions = (call: FailedCall): Readonly<Record<string, Translation>> => {
  const denied = {
    code: 'PERMISSION_DENIED',
    message: 'is not allowed for this identity',
    hint: `Assign it the role "${roleFor(call.operation)}" on the vault, or on this secret; a new assignment takes up to five minutes to work.`,
  } as const
  return {
    SecretNotFound: {
      code: 'NOT_FOUND',
      message: 'found no such credential',
      hint: 'Check the id; list() shows what is there.',
    },
    SecretDisabled: {
      code: 'PERMISSION_DENIED',
      message: 'found the secret disabled',
      hint: 'Enable it in the vault, or store a new version.',
    },
    ForbiddenByRbac: denied,
    ForbiddenByPolicy: {
      ...denied,
      hint: `The vault uses access policies: give the identity the secret permissions ${policyFor(call.operation)}, or switch the vault to roles and assign "${roleFor(call.operation)}".`,
    },
    ForbiddenByFirewall: {
      code: 'PERMISSION_DENIED',
      message: 'was refused by the firewall of the vault',
      hint: 'Allow this address or network in the vault’s networking settings, or use a private endpoint.',
    },
    Throttled: {
      code: 'RATE_LIMITED',
      message: 'was throttled by the vault (4,000 transactions in 10 seconds)',
      hint: 'Wait as long as retryAfterMs says; a cache saves most reads.',
    },
    400: {
      code: 'INVALID_ARGUMENT',
      message: 'was refused by the vault as malformed',
      hint: 'The cause has the words of the vault; limits are checked before, so report it if it stays unclear.',
    },
    401: {
      code: 'UNAUTHENTICATED',
      message: 'was refused: the token is not accepted',
      hint: 'Check that the credential belongs to the tenant of the vault, and the clock of this machine.',
    },
    403: denied,
    404: { code: 'NOT_FOUND', message: 'found no such credential', hint: 'Check the id; list() shows what is there.' },
    409: { code: 'CONFLICT', message: 'met another change of the same secret', hint: 'Read it again and decide.' },
    429: {
      code: 'RATE_LIMITED',
      message: 'was throttled by the vault',
      hint: 'Wait as long as retryAfterMs says; a cache saves most reads.',
    },
  }
}

const policyFor = (operation: string): string =>
  ({ retrieve: 'get', exists: 'get', store: 'set and get', delete: 'delete, get and list', purge: 'purge and get' })[
    operation
  ] ?? 'get, set, list, delete and recover'

const identityNames: ReadonlySet<string> = new Set([
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
])

/** What the client threw, as the one error that leaves this package. */
export const toHoldfastError = (error: unknown, call: FailedCall): HoldfastError => {
  if (HoldfastError.is(error)) return error
  const { operation, id, isWrite = false } = call
  const translation = translate(error, call)
  const retryAfterMs = retryAfterOf(error)
  const isUnknown =
    isWrite && translation.isUnsent !== true && ['UNAVAILABLE', 'TIMEOUT', 'INTERNAL'].includes(translation.code)
  return new HoldfastError({
    code: translation.code,
    source,
    operation,
    message: `${operation}${id === undefined ? '' : ` of ${JSON.stringify(id)}`} ${translation.message}.`,
    hint: translation.hint,
    details: { ...(id === undefined ? {} : { id }), ...(isUnknown ? { outcome: 'unknown' } : {}) },
    cause: error,
    ...(translation.reason === undefined ? {} : { reason: translation.reason }),
    ...(translation.retryable === undefined ? {} : { retryable: translation.retryable }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

const translate = (error: unknown, call: FailedCall): Translation => {
  const { name, code, statusCode } = Object(error)
  if (identityNames.has(String(name))) {
    return {
      code: 'UNAUTHENTICATED',
      message: 'got no token for the vault',
      hint: 'Look at the credential option: a managed identity must be assigned to this machine, an application needs its tenant, id and secret, developer tools need a log-in (az login).',
    }
  }
  const conditions = serviceConditions(call)
  for (const condition of [innerCodeOf(error), code, statusCode]) {
    const found = conditions[String(condition)] ?? networkConditions[String(condition)]
    if (found !== undefined) return found
  }
  if (typeof statusCode === 'number' && statusCode >= 500) {
    return {
      code: 'UNAVAILABLE',
      message: `was answered with ${statusCode}`,
      hint: 'The vault has a problem; the call can be repeated.',
    }
  }
  return {
    code: 'INTERNAL',
    message: 'failed',
    hint: 'The cause says what the client reported; report it with the operation and the version.',
  }
}

/** The code that narrows an error of the service: `{ error: { innererror: { code } } }`, which the client spells innerError. */
export const innerCodeOf = (error: unknown): string | undefined => {
  const details: unknown = Reflect.get(Object(error), 'details')
  const body = Object(Reflect.get(Object(details), 'error') ?? details)
  const code: unknown = Reflect.get(Object(Reflect.get(body, 'innerError') ?? Reflect.get(body, 'innererror')), 'code')
  return typeof code === 'string' ? code : undefined
}

/** Makes an answer of a 404. */
export const absentIs =
  <T>(answer: T) =>
  (error: unknown): T => {
    if (statusOf(error) === 404) return answer
    throw error
  }

/** The status of the answer, if there was one. */
export const statusOf = (error: unknown): number | undefined => {
  const status: unknown = Reflect.get(Object(error), 'statusCode')
  return typeof status === 'number' ? status : undefined
}

const retryAfterOf = (error: unknown): number | undefined => {
  const headers: unknown = Reflect.get(Object(Reflect.get(Object(error), 'response')), 'headers')
  const get: unknown = Reflect.get(Object(headers), 'get')
  const seconds = Number(typeof get === 'function' ? get.call(headers, 'retry-after') : Number.NaN)
  return seconds > 0 ? seconds * 1000 : undefined
}

const refusal = (
  code: ErrorCode,
  reason: ErrorReason | undefined,
  operation: string,
  id: string,
  message: string,
  hint: string,
  details: Readonly<Record<string, string>> = {},
): HoldfastError =>
  new HoldfastError({
    code,
    source,
    operation,
    message,
    hint,
    details: { id, ...details },
    ...(reason === undefined ? {} : { reason }),
  })

/** What is not there. */
export const notFound = (operation: string, id: string): HoldfastError =>
  refusal(
    'NOT_FOUND',
    undefined,
    operation,
    id,
    `There is no credential ${JSON.stringify(id)}.`,
    'Check the id; list() shows what is there.',
  )

/** A version that is not kept. */
export const versionUnknown = (id: string, version: Version): HoldfastError =>
  refusal(
    'NOT_FOUND',
    'VERSION_UNKNOWN',
    'retrieve',
    id,
    `${JSON.stringify(id)} has no version ${JSON.stringify(version.slice(0, 64))}.`,
    'history() lists those that are kept.',
  )

/** A secret that is no credential of this library. */
export const unreadable = (id: string, problem: string): HoldfastError =>
  refusal(
    'DATA_LOSS',
    'UNREADABLE',
    'retrieve',
    id,
    `The secret of ${JSON.stringify(id)} cannot be read as a credential: ${problem}.`,
    'If another program wrote it, give this store a prefix of its own; otherwise retrieve an earlier version.',
  )

/** A deleted name that cannot be written yet. */
export const nameReserved = (id: string, until: string): HoldfastError =>
  refusal(
    'ALREADY_EXISTS',
    'NAME_RESERVED',
    'store',
    id,
    `${JSON.stringify(id)} was deleted, and the vault keeps its name reserved until ${until}.`,
    'Recover it and store over it, or purge it.',
    { until },
  )

/** Something that is live and was taken for deleted. */
export const notDeleted = (operation: string, id: string): HoldfastError =>
  refusal(
    'CONFLICT',
    undefined,
    operation,
    id,
    `${JSON.stringify(id)} is not deleted.`,
    operation === 'purge' ? 'Delete it first.' : 'There is nothing to recover.',
  )

/** A change that the service has not finished in time. */
export const notSettled = (operation: string, id: string): HoldfastError =>
  refusal(
    'UNAVAILABLE',
    undefined,
    operation,
    id,
    `The vault has not finished the ${operation} of ${JSON.stringify(id)} in time.`,
    'It goes on there; look again in a minute, or raise settleTimeoutMs.',
  )
