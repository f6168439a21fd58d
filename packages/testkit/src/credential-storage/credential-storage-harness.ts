import type { AnyCredentialStorage, CredentialStorageCapabilities } from '@holdfast/contracts/credentials'

/** What one case works on: made for it, empty, and cleaned up after it. */
export interface CredentialStorageFixture {
  readonly storage: AnyCredentialStorage
  /** A second instance over the same data, as another process would have. Absent: the cases that need one are skipped. */
  open?(): Promise<AnyCredentialStorage>
  /** Closes and removes everything that was made for the case. */
  cleanup(): Promise<void>
}

/** How the suite gets storages of a driver or of a layer stack. */
export interface CredentialStorageHarness {
  /** What the tests are called by. */
  readonly name: string
  /** Makes an empty storage. Storages made at the same time see nothing of each other. */
  create(): Promise<CredentialStorageFixture>
  /** How long a watch may take to tell of a change, in milliseconds of real time. Default 20,000: drivers that poll are slow. */
  readonly patienceMs?: number
}

/** What a case is given. */
export interface CredentialStorageSubject {
  readonly storage: AnyCredentialStorage
  /** A second instance, closed after the case. Only cases that need `open` may call it. */
  open(): Promise<AnyCredentialStorage>
  readonly patienceMs: number
}

/** What a case needs to make sense. */
export type CredentialStorageNeed = keyof Omit<CredentialStorageCapabilities, 'limits'> | 'open'

/** One rule of the contract of credential storages. */
export interface CredentialStorageCase {
  /** The rule, as a sentence about a storage. */
  readonly name: string
  /** Capabilities without which the case is skipped. What a storage does not claim it must refuse, which is a case of its own. */
  readonly needs?: readonly CredentialStorageNeed[]
  /** Rejects when the storage breaks the rule. */
  run(subject: CredentialStorageSubject): Promise<void>
}
