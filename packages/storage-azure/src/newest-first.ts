import type { CredentialVersion } from '@holdfast/contracts/credentials'

/**
 * Sorts versions: the current one, then by the time of the vault, which counts in whole seconds; within one by our own
 * versions, which are in the order of the writer's clock.
 */
export const newestFirst = (a: CredentialVersion, b: CredentialVersion): number => {
  if (a.isCurrent !== b.isCurrent) return a.isCurrent ? -1 : 1
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1
  return a.version < b.version ? 1 : -1
}
