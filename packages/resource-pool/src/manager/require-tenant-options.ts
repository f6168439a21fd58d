import type { Problems } from '@holdfast/contracts'
import type { TenantOptions } from './tenant-options.ts'
import { requireQuota } from './tenant-quota.ts'

/** Notes what is wrong with the options of tenants, by their paths under `path`. */
export const requireTenantOptions = (problems: Problems, tenants: unknown, path = 'tenants'): void => {
  if (typeof tenants !== 'object' || tenants === null) {
    problems.require(false, path, tenants, 'an object')
    return
  }
  // The options are looked at one by one.
  const {
    isolation = 'shared',
    required = true,
    admits,
    quota,
    weight,
    maxShare = 1,
    maxPools = 100,
  } = tenants as TenantOptions
  problems.require(['shared', 'pool'].includes(isolation), `${path}.isolation`, isolation, 'shared or pool')
  problems.require(typeof required === 'boolean', `${path}.required`, required, 'true or false')
  for (const [name, value] of [
    ['admits', admits],
    ['weight', weight],
  ] as const) {
    problems.require(value === undefined || typeof value === 'function', `${path}.${name}`, value, 'a function')
  }
  if (quota !== undefined && typeof quota !== 'function') requireQuota(problems, `${path}.quota`, quota)
  problems.require(
    typeof maxShare === 'number' && maxShare > 0 && maxShare <= 1,
    `${path}.maxShare`,
    maxShare,
    'a number above 0, at most 1',
  )
  problems.require(
    Number.isInteger(maxPools) && maxPools >= 1,
    `${path}.maxPools`,
    maxPools,
    'a whole number of at least 1',
  )
}
