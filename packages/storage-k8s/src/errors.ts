import { type ErrorCode, type ErrorReason, HoldfastError } from '@holdfast/contracts'
import { ApiRefusal } from './kubernetes-api.ts'

/** The package that speaks in the errors. */
export const source = 'storage-k8s'

/** What is known of a failed call beside the error. */
export interface FailedCall {
  readonly operation: string
  readonly namespace: string
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
}

/** The verbs each operation needs on `secrets`. */
const verbs: Readonly<Record<string, string>> = {
  store: 'create, update',
  retrieve: 'get',
  exists: 'get',
  delete: 'delete',
  list: 'list',
  health: 'list',
  watch: 'list, watch',
}

/** The rule to apply, as it stands in a Role. */
const roleHint = ({ operation, namespace }: FailedCall): string =>
  `Apply a Role in the namespace ${namespace} with the rule { apiGroups: [""], resources: ["secrets"], verbs: [${verbs[operation] ?? 'get, list'}] } and bind it to this identity.`

const byReason = (call: FailedCall): Readonly<Record<string, Translation>> => ({
  NotFound: {
    code: 'NOT_FOUND',
    message: 'found no such credential',
    hint: 'Check the id; list() shows what is there.',
  },
  AlreadyExists: {
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    message: 'found a credential where none should be',
    hint: 'Read it again and decide.',
  },
  Conflict: {
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    message: 'found another version than the one it should replace',
    hint: 'Read it again and decide.',
  },
  Forbidden: { code: 'PERMISSION_DENIED', message: 'is not allowed for this identity', hint: roleHint(call) },
  Unauthorized: {
    code: 'UNAUTHENTICATED',
    message: 'was refused: the credentials are not accepted',
    hint: 'Check the user of the kubeconfig, its token and its expiry; in a pod, that the service account token is mounted.',
  },
  TooManyRequests: {
    code: 'RATE_LIMITED',
    message: 'was throttled by the API server',
    hint: 'Wait as long as retryAfterMs says; a cache saves most reads.',
  },
  RequestEntityTooLarge: {
    code: 'INVALID_ARGUMENT',
    reason: 'LIMIT_EXCEEDED',
    message: 'was refused as too large',
    hint: 'Secrets take 1 MiB; keep large data elsewhere and store the key to it here.',
  },
  Expired: { code: 'CONFLICT', message: 'began too long ago', hint: 'List again.' },
  NamespaceTerminating: {
    code: 'PERMISSION_DENIED',
    message: 'is not possible while the namespace is being deleted',
    hint: 'Wait until it is gone, make it again, or use another namespace.',
  },
})

const byStatus: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  429: 'TooManyRequests',
}

const networkCodes: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ENOTFOUND'],
  ...['ERR_STREAM_PREMATURE_CLOSE', 'HPE_INVALID_CONSTANT'],
])

const certificateCodes = /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_CERT|CERT_)/

/** What the API server or the network did, as the one error that leaves this package. */
export const toHoldfastError = (error: unknown, call: FailedCall): HoldfastError => {
  if (HoldfastError.is(error)) return error
  const { operation, namespace, id, isWrite = false } = call
  const translation = translate(error, call)
  const seconds = error instanceof ApiRefusal ? error.retryAfterSeconds : undefined
  const mayHaveArrived = ['UNAVAILABLE', 'TIMEOUT', 'INTERNAL'].includes(translation.code) && !wasNeverSent(error)
  const isUnknown = isWrite && mayHaveArrived
  const subject = id === undefined ? ` in the namespace ${namespace}` : ` of ${JSON.stringify(id)}`
  return new HoldfastError({
    code: translation.code,
    source,
    operation,
    message: `${operation}${subject} ${translation.message}.`,
    hint: translation.hint,
    details: { namespace, ...(id === undefined ? {} : { id }), ...(isUnknown ? { outcome: 'unknown' } : {}) },
    cause: error,
    ...(translation.reason === undefined ? {} : { reason: translation.reason }),
    ...(translation.retryable === undefined ? {} : { retryable: translation.retryable }),
    ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1000 }),
  })
}

const translate = (error: unknown, call: FailedCall): Translation => {
  if (error instanceof ApiRefusal) return translateRefusal(error, call)
  const code = String(Reflect.get(Object(error), 'code'))
  if (certificateCodes.test(code)) {
    return {
      code: 'UNAVAILABLE',
      message: 'does not trust the certificate of the API server',
      hint: 'Check certificate-authority of the cluster in the kubeconfig, and that its server is the right host.',
      retryable: false,
    }
  }
  if (networkCodes.has(code) || String(Reflect.get(Object(error), 'message')) === 'aborted') {
    return {
      code: 'UNAVAILABLE',
      message: 'could not reach the API server',
      hint: 'Check the server of the kubeconfig and the network; the call can be repeated.',
    }
  }
  return {
    code: 'INTERNAL',
    message: 'failed',
    hint: 'The cause says what was reported; report it with the operation and the version.',
  }
}

const translateRefusal = (refusal: ApiRefusal, call: FailedCall): Translation => {
  const table = byReason(call)
  if (refusal.status === 403 && /being terminated/.test(refusal.message)) {
    return table.NamespaceTerminating ?? unexpected(refusal)
  }
  if (refusal.status === 404 && call.isWrite === true && /namespaces? /.test(refusal.message)) {
    return {
      code: 'NOT_FOUND',
      message: `found no namespace ${call.namespace}`,
      hint: `Make it with kubectl create namespace ${call.namespace}, or name another.`,
    }
  }
  if (refusal.status === 422) {
    return /immutable/.test(refusal.message)
      ? {
          code: 'PERMISSION_DENIED',
          reason: 'READ_ONLY',
          message: 'met an immutable secret',
          hint: 'Delete it and store it anew: the API server changes none that is immutable.',
        }
      : {
          code: 'INVALID_ARGUMENT',
          message: 'was refused by the API server as invalid',
          hint: 'The cause has its words; limits are checked before, so report it if it stays unclear.',
        }
  }
  return table[refusal.reason] ?? table[byStatus[refusal.status] ?? ''] ?? unexpected(refusal)
}

const unexpected = ({ status }: ApiRefusal): Translation =>
  status >= 500
    ? {
        code: 'UNAVAILABLE',
        message: `was answered with ${status}`,
        hint: 'The API server has a problem; the call can be repeated.',
      }
    : {
        code: 'INVALID_ARGUMENT',
        message: `was answered with ${status}`,
        hint: 'The cause has the words of the API server.',
      }

/** Whether no connection came about: there was no such host, nobody listened, or the certificate was not trusted. */
const wasNeverSent = (error: unknown): boolean => {
  if (certificateCodes.test(String(Reflect.get(Object(error), 'code')))) return true
  // One error for each address that was tried.
  const errors: unknown = Reflect.get(Object(error), 'errors')
  const each: readonly unknown[] = Array.isArray(errors) ? errors : [error]
  return each.every((one) => /^(?:connect|getaddrinfo)$/.test(String(Reflect.get(Object(one), 'syscall'))))
}

/** Whether it is a refusal with this status. */
export const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof ApiRefusal && error.status === status

/** Another version, or nothing, where a condition named one. */
export const versionMismatch = (operation: string, id: string, found: string): HoldfastError =>
  new HoldfastError({
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} found ${found} where its condition names a version.`,
    hint: 'Read it again and decide.',
    details: { id },
  })

/** A secret that is no credential of this library. */
export const unreadable = (id: string, problem: string): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'UNREADABLE',
    source,
    operation: 'retrieve',
    message: `The secret of ${JSON.stringify(id)} cannot be read as a credential: ${problem}.`,
    hint: 'If another program wrote it, give this store a prefix of its own; otherwise restore it from a backup.',
    details: { id },
  })
