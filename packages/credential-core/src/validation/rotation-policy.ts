import type { CredentialMetadata } from '@holdfast/contracts/credentials'

/** When a credential should be replaced before it fails. */
export interface RotationPolicy {
  /** Recommends rotation once this much of the lifetime (from the storing of the value to its expiry) is left, 0 to 1. Default 0.25, the figure of spec 000. */
  readonly remainingFraction?: number | undefined
  /** Recommends rotation of any value stored longer ago than this, in milliseconds, also of one that never expires. Default: no limit. */
  readonly maxAgeMs?: number | undefined
}

/** Default of {@link RotationPolicy.remainingFraction}. */
export const defaultRemainingFraction = 0.25

/** Whether the policy asks for rotation at `nowMs` (wall time). An expired credential always needs it. */
export const isRotationRecommended = (metadata: CredentialMetadata, policy: RotationPolicy, nowMs: number): boolean => {
  const { remainingFraction = defaultRemainingFraction, maxAgeMs = Number.POSITIVE_INFINITY } = policy
  const storedMs = Date.parse(metadata.updatedAt)
  if (nowMs - storedMs >= maxAgeMs) return true
  if (metadata.expiresAt === undefined) return false
  const expiresMs = Date.parse(metadata.expiresAt)
  return nowMs >= expiresMs || expiresMs - nowMs <= (expiresMs - storedMs) * remainingFraction
}
