import { HoldfastError } from '@holdfast/contracts'
import { source } from '../pool-errors.ts'

/** The error of an acquire on nobody's behalf. */
export const tenantRequiredError = (resource: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'TENANT_REQUIRED',
    source,
    operation,
    message: `${operation} of the resource ${resource} was called without a tenant.`,
    hint: 'Give `tenant`, or run the request with one in its context (runWithContext).',
    details: { resource },
  })

/** The error of a tenant that may not use the resource. `cause`: what the function threw that decides it. */
export const tenantRefusedError = (
  resource: string,
  operation: string,
  tenant: string,
  cause?: unknown,
): HoldfastError =>
  new HoldfastError({
    code: 'PERMISSION_DENIED',
    reason: 'TENANT_REFUSED',
    source,
    operation,
    message:
      cause === undefined
        ? `The tenant ${JSON.stringify(tenant)} may not use the resource ${resource}.`
        : `Whether the tenant ${JSON.stringify(tenant)} may use the resource ${resource} could not be decided, so it may not.`,
    hint: 'Look at `admits` of the tenants of this resource.',
    details: { resource, tenant },
    cause,
  })

/** What a tenant has when it is told that it may have no more. */
export interface TenantLoad {
  readonly leases: number
  readonly waiting: number
}

/** The error of a tenant whose callers wait for its own leases, as many as may. */
export const tooManyWaitingError = (
  resource: string,
  operation: string,
  tenant: string,
  { leases, waiting }: TenantLoad,
  maxWaiting: number,
): HoldfastError =>
  quotaError(
    operation,
    `${waiting} callers of the tenant ${JSON.stringify(tenant)} wait for the resource ${resource} already, of at most ${maxWaiting}.`,
    'Send less for this tenant, or raise maxWaiting of its quota.',
    { resource, tenant, leases, waiting, maxWaiting },
  )

/** The error of a caller that waited in vain for one of the leases of its own tenant. */
export const leasesUsedUpError = (
  resource: string,
  operation: string,
  tenant: string,
  { leases, waiting }: TenantLoad,
  maxLeases: number,
  waitedMs: number,
): HoldfastError =>
  quotaError(
    operation,
    `The tenant ${JSON.stringify(tenant)} has all of its ${maxLeases} leases of the resource ${resource}, and none came back within ${waitedMs} ms.`,
    'Release leases of this tenant sooner, or raise maxLeases of its quota.',
    { resource, tenant, leases, waiting, maxLeases, waitedMs },
  )

/** The error of a tenant whose pool cannot be made, because there are as many as may and all are in use. */
export const tooManyPoolsError = (
  resource: string,
  operation: string,
  tenant: string,
  maxPools: number,
): HoldfastError =>
  quotaError(
    operation,
    `There are ${maxPools} pools of the resource ${resource}, as many as may, and all are in use: there is none for the tenant ${JSON.stringify(tenant)}.`,
    'Release leases sooner, or raise maxPools.',
    { resource, tenant, maxPools },
  )

/** The error of a caller whose pool was not made in time, because the one whose place it takes is still closing. */
export const poolNotMadeError = (resource: string, operation: string, waitedMs: number): HoldfastError =>
  new HoldfastError({
    code: 'TIMEOUT',
    reason: operation === 'drain' ? 'DEADLINE_EXCEEDED' : 'ACQUIRE_TIMEOUT',
    source,
    operation,
    message: `No pool of the resource ${resource} could be made within ${Math.round(waitedMs)} ms: the one whose place it takes is still closing.`,
    hint: 'Raise maxPools, or look at why its resources take so long to end.',
    details: { resource, waitedMs: Math.round(waitedMs) },
  })

/** The error of a tenant that acquires too often. */
export const tenantRateError = (
  resource: string,
  operation: string,
  tenant: string,
  acquiresPerSecond: number,
  retryAfterMs: number,
): HoldfastError =>
  new HoldfastError({
    code: 'RATE_LIMITED',
    reason: 'QUOTA_EXCEEDED',
    source,
    operation,
    message: `The tenant ${JSON.stringify(tenant)} acquires the resource ${resource} more often than ${acquiresPerSecond} times in a second.`,
    hint: 'Try again after retryAfterMs, or raise acquiresPerSecond of its quota.',
    retryAfterMs,
    details: { resource, tenant, acquiresPerSecond },
  })

// No TIMEOUT, also for who waited: a circuit breaker must not open because one tenant has used up its own.
const quotaError = (
  operation: string,
  message: string,
  hint: string,
  details: Readonly<Record<string, string | number>>,
): HoldfastError =>
  new HoldfastError({
    code: 'RESOURCE_EXHAUSTED',
    reason: 'QUOTA_EXCEEDED',
    source,
    operation,
    retryable: true,
    message,
    hint,
    details,
  })
