import type { Version } from '@holdfast/contracts/credentials'

/** What is known about a credential after a look at it. `invalid`: it is there and unusable, for the reasons given. */
export type ValidationStatus = 'valid' | 'expired' | 'notFound' | 'invalid'

/** The answer of `validate`. */
export interface ValidationResult {
  readonly id: string
  readonly status: ValidationStatus
  readonly isValid: boolean
  readonly isExpired: boolean
  /** What is wrong, for a person; for a valid one, what could not be checked. Never a value. */
  readonly reasons: readonly string[]
  /** Whether the rotation policy asks for a new value; true for one that has expired. */
  readonly rotationRecommended: boolean
  /** Absent when it was not found or cannot be read. */
  readonly kind?: string
  readonly version?: Version
  readonly expiresAt?: string
  /** Milliseconds until it expires, negative afterwards; absent when it does not expire. */
  readonly remainingMs?: number
}
