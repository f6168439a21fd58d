import type { Clock } from '@holdfast/contracts'
import { innerCodeOf, notSettled } from './errors.ts'
import { settle } from './settle.ts'

/** How the storage waits for what the vault goes on with after it has answered. */
export interface VaultSettling {
  /** Looks until the vault has finished what it began. Errors: UNAVAILABLE when that takes too long. */
  settled<T>(operation: string, id: string, attempt: () => Promise<T | undefined>, signal: AbortSignal): Promise<T>
  /** Tries again while the vault is still busy with deleting the same name. */
  afterDeletion<T>(operation: string, id: string, attempt: () => Promise<T>, signal: AbortSignal): Promise<T>
}

/** Makes the {@link VaultSettling} of a storage. */
export const createVaultSettling = (clock: Clock, settleTimeoutMs: number): VaultSettling => {
  const settled = <T>(
    operation: string,
    id: string,
    attempt: () => Promise<T | undefined>,
    signal: AbortSignal,
  ): Promise<T> =>
    settle(attempt, { clock, timeoutMs: settleTimeoutMs, operation, signal }).then((result) => {
      if (result === undefined) throw notSettled(operation, id)
      return result
    })

  /** Tries again while the vault is still busy with deleting the same name. */
  const afterDeletion = <T>(
    operation: string,
    id: string,
    attempt: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> =>
    settled(
      operation,
      id,
      async () => {
        try {
          return { value: await attempt() }
        } catch (error) {
          if (innerCodeOf(error) === 'ObjectIsBeingDeleted') return undefined
          throw error
        }
      },
      signal,
    ).then(({ value }) => value)

  return { settled, afterDeletion }
}
