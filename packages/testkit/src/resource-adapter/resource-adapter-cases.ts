import { adapterCredentialCases } from './adapter-credential-cases.ts'
import { adapterPoolCases } from './adapter-pool-cases.ts'
import { createAbortCases } from './create-abort-cases.ts'
import { createCases } from './create-cases.ts'
import { destroyCases } from './destroy-cases.ts'
import { healthCases } from './health-cases.ts'
import { isBrokenCases } from './is-broken-cases.ts'
import { resetCases } from './reset-cases.ts'
import type { ResourceAdapterCase } from './resource-adapter-harness.ts'
import { validateCases } from './validate-cases.ts'

/** Every rule of the contract of resource adapters as data: see {@link runResourceAdapterCase}. */
export const resourceAdapterCases: readonly ResourceAdapterCase[] = [
  ...createCases,
  ...createAbortCases,
  ...adapterCredentialCases,
  ...validateCases,
  ...resetCases,
  ...isBrokenCases,
  ...healthCases,
  ...destroyCases,
  ...adapterPoolCases,
]
