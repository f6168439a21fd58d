import { HoldfastError } from '../holdfast-error.ts'
import type {
  AnyCredentialStorage,
  CredentialStorage,
  Recoverable,
  Repairable,
  Versioned,
  Watchable,
} from './credential-storage.ts'

/** The optional capabilities of a storage and the interface that comes with each. */
export interface StorageCapabilityInterfaces {
  readonly versions: Versioned
  readonly recover: Recoverable
  readonly watch: Watchable
  readonly repair: Repairable
}

/** The storage as one that has this capability, or UNSUPPORTED naming the storage and what it lacks. */
export const requireCapability = <K extends keyof StorageCapabilityInterfaces>(
  storage: AnyCredentialStorage,
  capability: K,
  source: string,
  operation: string,
): CredentialStorage & StorageCapabilityInterfaces[K] => {
  // A storage that claims a capability has the methods of its interface: the conformance suite proves it.
  if (storage.capabilities[capability]) return storage as CredentialStorage & StorageCapabilityInterfaces[K]
  throw unsupported(storage.name, capability, source, operation)
}

/** The error for something a storage does not claim to do. */
export const unsupported = (
  storageName: string,
  capability: 'compareAndSet' | keyof StorageCapabilityInterfaces,
  source: string,
  operation: string,
): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source,
    operation,
    message: `${operation} needs a storage with the capability ${capability}, which ${storageName} does not have.`,
    hint: 'Check storage.capabilities before the call, or choose a backend that has it (the table is in the README of each storage package).',
    details: { capability, storage: storageName },
  })
