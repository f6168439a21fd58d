import { type ErrorDetail, type ErrorReason, HoldfastError } from '@holdfast/contracts'
import type { LeaseReport } from '@holdfast/contracts/resources'
import type { Slot } from './slot.ts'

/** The package that speaks in the errors. */
export const source = 'resource-pool'

/** What an adapter threw, as the one error of this repository. An error it did not name is taken for one that may pass. */
export const toHoldfastError = (error: unknown, operation: string, pool: string): HoldfastError =>
  HoldfastError.is(error)
    ? error
    : new HoldfastError({
        code: 'UNAVAILABLE',
        source,
        operation,
        message: `${operation} of a resource of the pool ${pool} failed.`,
        hint: 'The cause says what the client library reported.',
        cause: error,
      })

/** The error of an adapter's method that was not done in time. */
export const adapterTimeoutError = (operation: string, pool: string, timeoutMs: number): HoldfastError =>
  new HoldfastError({
    code: 'TIMEOUT',
    reason: operation === 'create' ? 'CREATE_TIMEOUT' : 'DEADLINE_EXCEEDED',
    source,
    operation,
    message: `${operation} of a resource of the pool ${pool} was not done within ${timeoutMs} ms.`,
    hint:
      operation === 'create'
        ? 'Look at what it connects to, or raise createTimeoutMs.'
        : `Look at what it waits for, or raise ${operation}TimeoutMs.`,
  })

/** What an acquire that waited in vain says about the pool. */
export interface WaitDetails {
  readonly waitedMs: number
  readonly inUse: number
  readonly waiting: number
  readonly oldestLeaseMs: number
  readonly lastCreateErrorCode: string | undefined
}

/** The error of an acquire whose time is over. */
export const acquireTimeoutError = (
  pool: string,
  details: WaitDetails,
  cause: HoldfastError | undefined,
): HoldfastError =>
  new HoldfastError({
    code: 'TIMEOUT',
    reason: 'ACQUIRE_TIMEOUT',
    source,
    operation: 'acquire',
    message:
      cause === undefined
        ? `No resource of the pool ${pool} became free within ${details.waitedMs} ms: ${details.inUse} are in use, the longest for ${details.oldestLeaseMs} ms, and ${details.waiting} callers wait.`
        : `No resource of the pool ${pool} could be made within ${details.waitedMs} ms; the last attempt failed with ${cause.code}.`,
    hint:
      cause === undefined
        ? 'Release leases sooner, raise maxSize, or set leakDetectionMs to see who holds them.'
        : 'The cause says what the last attempt failed with.',
    details: { ...details },
    cause,
  })

/** The error of an acquire that was turned away because too many wait. */
export const exhaustedError = (pool: string, waiting: number, inUse: number): HoldfastError =>
  new HoldfastError({
    code: 'RESOURCE_EXHAUSTED',
    reason: 'POOL_EXHAUSTED',
    source,
    operation: 'acquire',
    retryable: true,
    message: `${waiting} callers wait for a resource of the pool ${pool} already, which is as many as may.`,
    hint: 'Send less, raise maxSize, or raise maxWaiting.',
    details: { waiting, inUse },
  })

/** The error of a call on a pool that takes none any more. */
export const closedError = (pool: string, operation: string, state: 'draining' | 'closed' | 'open'): HoldfastError =>
  poolClosed(
    operation,
    state === 'draining'
      ? `${operation} was called on the pool ${pool}, which is draining.`
      : `${operation} was called on the pool ${pool}, which is closed.`,
  )

/** The error of a call that was not done when its pool was closed. */
export const interruptedError = (pool: string, operation: string, hasBegun = false): HoldfastError =>
  poolClosed(
    operation,
    `${operation} was not done when the pool ${pool} was closed.`,
    hasBegun ? { outcome: 'unknown' } : {},
  )

/** What the user of a lease is told that has outlived its epoch for too long. */
export const outlivedMessage = (pool: string, { heldMs }: LeaseReport): string =>
  `A lease of the pool ${pool} was taken away ${heldMs} ms after it began: its credentials are old.`

/** The error of a user whose lease was taken away. */
export const revokedError = (message: string): HoldfastError =>
  poolClosed(
    'use',
    message,
    { outcome: 'unknown' },
    'Be done sooner, or raise what bounds it: leakDetectionMs, maxDrainMs, deadlineMs of close.',
  )

const poolClosed = (
  operation: string,
  message: string,
  details: Readonly<Record<string, ErrorDetail>> = {},
  hint = 'Close a pool only after its last call, or make a new one.',
): HoldfastError =>
  new HoldfastError({
    code: 'CLOSED',
    source,
    operation,
    message,
    hint,
    details,
  })

/** Which resource a lease was of. */
interface EndedSlot extends Pick<Slot<unknown>, 'id'> {
  readonly owner: { readonly name: string }
}

/** The error of who uses a lease that has ended. */
export const leaseEndedError = (slot: EndedSlot, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'CLOSED',
    source,
    operation: `lease.${operation}`,
    message: `A lease of the pool ${slot.owner.name} was used after it had ended.`,
    hint: 'Keep the lease until the last use of its resource; it was released, destroyed, or taken back as a leak.',
    details: { id: slot.id },
  })

/** The error of a call that its caller's deadline ended. */
export const deadlineError = (pool: string, operation: string, message: string, cause?: unknown): HoldfastError => {
  const reason: ErrorReason = 'DEADLINE_EXCEEDED'
  return new HoldfastError({
    code: 'TIMEOUT',
    reason,
    source,
    operation,
    message: `${operation} of the pool ${pool} was not done in time: ${message}`,
    hint: 'Give it more time, or look at what the pool waits for.',
    cause,
  })
}
