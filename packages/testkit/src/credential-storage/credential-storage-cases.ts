import { cancellationCases } from './cancellation-cases.ts'
import { compareAndSetCases } from './compare-and-set-cases.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { idCases } from './id-cases.ts'
import { lifecycleCases } from './lifecycle-cases.ts'
import { listCases } from './list-cases.ts'
import { metadataCases } from './metadata-cases.ts'
import { recoveryCases } from './recovery-cases.ts'
import { unsupportedCases } from './unsupported-cases.ts'
import { valueCases } from './value-cases.ts'
import { versionCases } from './version-cases.ts'
import { watchCases } from './watch-cases.ts'
import { writeCases } from './write-cases.ts'

/**
 * Every rule of the contract of credential storages as data, so that it can be run without a test runner and so that a
 * broken storage can be shown to fail: see {@link runCredentialStorageCase}.
 */
export const credentialStorageCases: readonly CredentialStorageCase[] = [
  ...idCases,
  ...valueCases,
  ...metadataCases,
  ...writeCases,
  ...compareAndSetCases,
  ...listCases,
  ...versionCases,
  ...recoveryCases,
  ...watchCases,
  ...cancellationCases,
  ...lifecycleCases,
  ...unsupportedCases,
]
