import { type ErrorCode, type ErrorReason, HoldfastError } from '@holdfast/contracts'
import { isRefusal } from './vault-refusal.ts'

/** The package that speaks in the errors. */
export const source = 'storage-vault'

/** What one condition means here. */
export interface Meaning {
  readonly code: ErrorCode
  readonly reason?: ErrorReason
  /** After "… failed: ". */
  readonly problem: string
  readonly hint: string
  /** Default: as the code says. */
  readonly retryable?: boolean
  /** The request has certainly had no effect, so that a write need not call its outcome unknown. Default false. */
  readonly hasNoEffect?: boolean
}

const unreachable = (problem: string, hint: string): Meaning => ({
  code: 'UNAVAILABLE',
  problem,
  hint,
  hasNoEffect: true,
})
const brokenOff: Meaning = {
  code: 'UNAVAILABLE',
  problem: 'the connection was broken off',
  hint: 'Call again; if it happens again, look at the server and at the proxies before it.',
}
const untrusted = (problem: string, hint: string): Meaning => ({
  ...unreachable(problem, hint),
  // Certificates do not change within the time of a retry.
  retryable: false,
})
const unknownIssuer = untrusted(
  'the certificate of the server was issued by somebody this process does not trust',
  'Give the certificate of that authority with caFile or VAULT_CACERT.',
)
const noTls = untrusted(
  'the server does not speak TLS there, or none that this process speaks',
  'Check the scheme and the port of the address.',
)

/** What each error of the connection means: codes of the operating system, of Node and of OpenSSL. */
export const connectionMeanings: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: unreachable('nothing listens at the address', 'Check that the server runs and that address is right.'),
  ENOTFOUND: unreachable('there is no host of that name', 'Check address.'),
  EAI_AGAIN: unreachable('the name of the host cannot be looked up now', 'Check the DNS of this machine.'),
  EHOSTUNREACH: unreachable('the host cannot be reached', 'Check the network between here and there.'),
  ENETUNREACH: unreachable('the network of the host cannot be reached', 'Check the network between here and there.'),
  ECONNRESET: brokenOff,
  EPIPE: brokenOff,
  ECONNABORTED: brokenOff,
  ETIMEDOUT: {
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
    problem: 'the operating system gave up waiting for the server',
    hint: 'Check the network and the load of the server.',
  },
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  CERT_UNTRUSTED: unknownIssuer,
  CERT_SIGNATURE_FAILURE: unknownIssuer,
  CERT_REVOKED: untrusted('the certificate of the server was revoked', 'Give the server a new certificate.'),
  CERT_HAS_EXPIRED: untrusted(
    'the certificate of the server has expired',
    'Renew it, or put the clock of this machine right.',
  ),
  CERT_NOT_YET_VALID: untrusted(
    'the certificate of the server is not valid yet',
    'Put the clock of this machine right.',
  ),
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted(
    'the certificate of the server is for another name',
    'Use the name in the certificate as address, or give it as serverName.',
  ),
  EPROTO: noTls,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  HPE_INVALID_CONSTANT: {
    code: 'UNAVAILABLE',
    retryable: false,
    problem: 'what answers there does not speak HTTP',
    hint: 'Check the scheme and the port of address.',
  },
}

interface AnswerMeaning extends Meaning {
  readonly status: number
  /** Matched with the errors of the answer. Absent: any. */
  readonly text?: RegExp
}

/** What each refusal of the server means: the first row whose status and text fit. Texts are those of Vault 1.x and OpenBao 2.x. */
export const answerMeanings: readonly AnswerMeaning[] = [
  {
    status: 400,
    text: /check-and-set parameter did not match/,
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    problem: 'somebody else has written it',
    hint: 'Retrieve it again, and repeat the change on what is there now.',
    hasNoEffect: true,
  },
  {
    status: 400,
    text: /invalid role or secret ID|invalid role ID|invalid secret id|role or secret ID not found/i,
    code: 'UNAUTHENTICATED',
    problem: 'the role or secret id of the AppRole is not accepted',
    hint: 'Check roleId, make a new secret id (it may have expired or be used up), and check the mount of the auth method.',
    hasNoEffect: true,
  },
  {
    status: 400,
    text: /missing client token|missing authentication/,
    code: 'UNAUTHENTICATED',
    problem: 'no token was sent',
    hint: 'Give one with auth or VAULT_TOKEN.',
    hasNoEffect: true,
  },
  {
    status: 400,
    code: 'INVALID_ARGUMENT',
    problem: 'the server takes the request for malformed',
    hint: 'The cause says what it objects to; if nothing in your call explains it, report it.',
    hasNoEffect: true,
  },
  {
    status: 401,
    code: 'UNAUTHENTICATED',
    problem: 'something before the server wants other credentials',
    hint: 'Look at the proxies before it.',
    hasNoEffect: true,
  },
  {
    status: 403,
    code: 'PERMISSION_DENIED',
    problem: 'no policy of the token allows it',
    hint: 'Add the capability to a policy of the token; the README has the whole policy.',
    hasNoEffect: true,
  },
  {
    status: 404,
    text: /namespace not found/,
    code: 'UNAVAILABLE',
    retryable: false,
    problem: 'the namespace is not there',
    hint: 'Check namespace; it may have been deleted.',
    hasNoEffect: true,
  },
  {
    status: 404,
    text: /./,
    code: 'UNAVAILABLE',
    retryable: false,
    problem: 'nothing is mounted at the path',
    hint: 'Check mount and namespace; an engine of KV version 2 is enabled with: vault secrets enable -path=<mount> kv-v2',
    hasNoEffect: true,
  },
  {
    status: 404,
    code: 'NOT_FOUND',
    problem: 'there is no such thing',
    hint: 'Check the id; list() shows what is there.',
    hasNoEffect: true,
  },
  {
    status: 405,
    code: 'UNSUPPORTED',
    problem: 'what is mounted at the path does not do that',
    hint: 'Check that the mount is an engine of KV version 2.',
    hasNoEffect: true,
  },
  {
    status: 412,
    code: 'UNAVAILABLE',
    problem: 'the node has not yet caught up with the active one',
    hint: 'Call again in a moment.',
    hasNoEffect: true,
  },
  {
    status: 413,
    code: 'INVALID_ARGUMENT',
    reason: 'LIMIT_EXCEEDED',
    problem: 'the request is larger than the server takes',
    hint: 'Store less, or raise max_request_size of the server.',
    hasNoEffect: true,
  },
  {
    status: 429,
    text: /lease count/,
    code: 'RESOURCE_EXHAUSTED',
    reason: 'QUOTA_EXCEEDED',
    problem: 'the quota of leases is used up',
    hint: 'Revoke leases, or raise the quota.',
    hasNoEffect: true,
  },
  {
    status: 429,
    code: 'RATE_LIMITED',
    problem: 'the server takes no more requests at this rate',
    hint: 'Call again after the time it names, or raise its rate limit quota.',
    hasNoEffect: true,
  },
  {
    status: 500,
    text: /too large/,
    code: 'INVALID_ARGUMENT',
    reason: 'LIMIT_EXCEEDED',
    problem: 'the entry is larger than the storage of the server takes',
    hint: 'Store less, or set maxEntryBytes to what the server takes.',
    hasNoEffect: true,
  },
  {
    status: 501,
    code: 'UNAVAILABLE',
    problem: 'the server is not initialised',
    hint: 'Initialise it: vault operator init.',
    hasNoEffect: true,
  },
  {
    status: 503,
    text: /sealed/i,
    code: 'UNAVAILABLE',
    problem: 'the server is sealed',
    hint: 'Unseal it: vault operator unseal.',
    hasNoEffect: true,
  },
  {
    status: 503,
    code: 'UNAVAILABLE',
    problem: 'the server does not serve now',
    hint: 'Call again; if it goes on, look at the log of the server.',
  },
]

const failingServer: Meaning = {
  code: 'UNAVAILABLE',
  problem: 'the server failed',
  hint: 'Call again; if it goes on, look at the log of the server: its storage may be failing.',
}
const otherAnswer: Meaning = {
  code: 'INTERNAL',
  problem: 'the answer is not one of Vault',
  hint: 'Check what answers at address: a proxy, or another server.',
}

/** What was being done. */
export interface FailureSite {
  readonly operation: string
  /** What was asked for: an id, or what else the caller knows. */
  readonly id?: string | undefined
  /** The path of the request. */
  readonly path?: string | undefined
  /** The capabilities that a policy needs on the path. */
  readonly capabilities?: readonly string[] | undefined
  readonly isWrite?: boolean | undefined
}

/** Whatever was thrown, as the one error that leaves this package. */
export const toHoldfastError = (error: unknown, site: FailureSite): HoldfastError => {
  if (HoldfastError.is(error)) return error
  const { operation, id, path, capabilities = [], isWrite = false } = site
  const meaning = meaningOf(error)
  const retryAfterMs = isRefusal(error) ? error.retryAfterMs : undefined
  const isDenied = meaning.code === 'PERMISSION_DENIED' && path !== undefined && capabilities.length > 0
  const what = id === undefined ? operation : `${operation} of ${JSON.stringify(id)}`
  const problem = isDenied ? `no policy of the token allows ${capabilities.join(' and ')} on ${path}` : meaning.problem
  return new HoldfastError({
    code: meaning.code,
    ...(meaning.reason === undefined ? {} : { reason: meaning.reason }),
    ...(meaning.retryable === undefined ? {} : { retryable: meaning.retryable }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    source,
    operation,
    message: `${what} failed: ${problem}.`,
    hint: isDenied
      ? `Add to a policy of the token: path "${path}" { capabilities = ${JSON.stringify(capabilities)} }.`
      : meaning.hint,
    details: {
      ...(id === undefined ? {} : { id }),
      ...(path === undefined ? {} : { path }),
      ...(isDenied ? { capabilities } : {}),
      ...(isRefusal(error) ? { status: error.status } : {}),
      ...(isWrite && meaning.hasNoEffect !== true ? { outcome: 'unknown' } : {}),
    },
    cause: error,
  })
}

const meaningOf = (error: unknown): Meaning => {
  if (isRefusal(error)) {
    const found = answerMeanings.find(
      ({ status, text }) => status === error.status && (text === undefined || text.test(error.problems.join('\n'))),
    )
    return found ?? (error.status >= 500 ? failingServer : otherAnswer)
  }
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  const key = typeof code === 'string' ? code : ''
  const found = Object.hasOwn(connectionMeanings, key) ? connectionMeanings[key] : undefined
  if (found !== undefined) return found
  if (key.startsWith('HPE_')) return connectionMeanings.HPE_INVALID_CONSTANT ?? otherAnswer
  if (key.startsWith('ERR_SSL_')) return noTls
  return {
    code: 'INTERNAL',
    problem: 'something unexpected happened',
    hint: 'The cause says what; if it is a defect of this library, please report it.',
  }
}

/** The token is not, or no longer, one of the server's. */
export const tokenRefused = (site: FailureSite, method: string, cause: unknown): HoldfastError =>
  new HoldfastError({
    code: 'UNAUTHENTICATED',
    source,
    operation: site.operation,
    message: `${site.id === undefined ? site.operation : `${site.operation} of ${JSON.stringify(site.id)}`} failed: the server does not accept the token.`,
    hint:
      method === 'token'
        ? 'It has expired, was revoked or is of another server or namespace: give a new one.'
        : 'Logging in again did not help: look at the policies and the lifetime of what the auth method gives out.',
    details: { ...(site.id === undefined ? {} : { id: site.id }), method },
    cause,
  })
