import { createProblems, HoldfastError, type Problems } from '@holdfast/contracts'
import { source } from '../pool-errors.ts'
import type { TenantOptions, TenantQuota } from './tenant-options.ts'

/** A quota with every limit filled in. */
export type FullQuota = { readonly [K in keyof TenantQuota]-?: number }

const never = Number.POSITIVE_INFINITY

const unlimited: FullQuota = { maxLeases: never, maxWaiting: never, acquiresPerSecond: never }

/** Reads the quota of a tenant anew at each call, so that a change is seen at the next acquire. Throws INVALID_ARGUMENT for what is none. */
export const quotaReader = (quota: TenantOptions['quota']): ((tenant: string) => FullQuota) => {
  if (quota === undefined) return () => unlimited
  if (typeof quota !== 'function') {
    const full = fullQuota(quota)
    return () => full
  }
  return (tenant) => {
    const answer = asked(quota, tenant)
    const problems = createProblems(source, 'acquire')
    requireQuota(problems, `quota(${JSON.stringify(tenant)})`, answer)
    problems.throwIfAny()
    return fullQuota(answer)
  }
}

/** Notes what is wrong with a quota. */
export const requireQuota = (problems: Problems, path: string, quota: unknown): void => {
  if (typeof quota !== 'object' || quota === null) {
    problems.require(false, path, quota, 'an object with maxLeases, maxWaiting and acquiresPerSecond')
    return
  }
  // The limits are looked at one by one.
  const { maxLeases = never, maxWaiting = never, acquiresPerSecond = never } = quota as TenantQuota
  problems.require(isCount(maxLeases, 1), `${path}.maxLeases`, maxLeases, 'a whole number of at least 1, or Infinity')
  problems.require(isCount(maxWaiting, 0), `${path}.maxWaiting`, maxWaiting, 'a whole number from 0, or Infinity')
  problems.require(
    typeof acquiresPerSecond === 'number' && acquiresPerSecond > 0,
    `${path}.acquiresPerSecond`,
    acquiresPerSecond,
    'more than 0, or Infinity',
  )
}

const isCount = (value: unknown, least: number): boolean =>
  value === never || (typeof value === 'number' && Number.isInteger(value) && value >= least)

const fullQuota = ({ maxLeases, maxWaiting, acquiresPerSecond }: TenantQuota): FullQuota => ({
  maxLeases: maxLeases ?? never,
  maxWaiting: maxWaiting ?? never,
  acquiresPerSecond: acquiresPerSecond ?? never,
})

/** What the function says; when it throws nobody knows what the tenant may have, so it gets nothing. */
const asked = (quota: (tenant: string) => TenantQuota, tenant: string): TenantQuota => {
  try {
    return quota(tenant)
  } catch (cause) {
    throw new HoldfastError({
      code: 'INTERNAL',
      source,
      operation: 'acquire',
      message: `The quota of the tenant ${JSON.stringify(tenant)} could not be read, so it is given nothing.`,
      hint: 'Let the function quota answer for every tenant.',
      details: { tenant },
      cause,
    })
  }
}
