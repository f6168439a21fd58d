import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import type { MemoryStorage } from '../../src/index.ts'

/** A storage that is sound but for one defect, and the case of the suite that has to find it. */
export interface BrokenStorage {
  readonly defect: string
  /** Name of the case that fails, or its beginning. */
  readonly foundBy: string
  /** Puts the defect into a sound storage. */
  readonly spoil: (sound: MemoryStorage) => AnyCredentialStorage
}
