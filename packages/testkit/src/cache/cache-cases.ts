import type { CacheCase } from './cache-harness.ts'
import { capacityCases } from './capacity-cases.ts'
import { entryCases } from './entry-cases.ts'
import { expiryCases } from './expiry-cases.ts'
import { statisticsCases } from './statistics-cases.ts'

/**
 * Every rule of the contract of caches in this process as data. What a policy evicts is not among them: that is tested
 * with the policy.
 */
export const cacheCases: readonly CacheCase[] = [...entryCases, ...capacityCases, ...expiryCases, ...statisticsCases]
