import type { Lease, ResourceAdapter } from '@holdfast/contracts/resources'
import { revokedError } from './pool-errors.ts'

/** What ends a lease as the outcome of its work says. */
export interface UsedLease<T> extends Lease<T> {
  /** Gives the resource back without a word for it. */
  releaseUnsure(): void
  /** Says that the work has failed, for who goes by that. */
  noteFailure(): void
  /** Has `listener` told when the lease is taken away; nobody if there is none. */
  onRevoked(listener: ((message: string) => void) | undefined): void
}

/** Runs the work of `use` and ends the lease as its outcome says. Rejects at once when the lease is taken away. */
export const useLease = <T, R>(
  adapter: ResourceAdapter<T>,
  lease: UsedLease<T>,
  work: (resource: T, lease: Lease<T>) => Promise<R> | R,
): Promise<R> =>
  new Promise<R>((resolve, reject) => {
    lease.onRevoked((message) => reject(revokedError(message)))
    started(work, lease).then(
      (result) => {
        lease.onRevoked(undefined)
        lease.release()
        resolve(result)
      },
      (error: unknown) => {
        lease.onRevoked(undefined)
        endAfter(adapter, lease, error)
        reject(error)
      },
    )
  })

const endAfter = <T>(adapter: ResourceAdapter<T>, lease: UsedLease<T>, error: unknown): void => {
  lease.noteFailure()
  if (adapter.isBroken === undefined) lease.releaseUnsure()
  else if (isBroken(adapter, error)) lease.destroy()
  else lease.release()
}

/** What the adapter says; an adapter that cannot say is not trusted with the resource either. */
const isBroken = <T>(adapter: ResourceAdapter<T>, error: unknown): boolean => {
  try {
    return adapter.isBroken?.(error) === true
  } catch {
    return true
  }
}

const started = <T, R>(work: (resource: T, lease: Lease<T>) => Promise<R> | R, lease: UsedLease<T>): Promise<R> => {
  try {
    return Promise.resolve(work(lease.resource, lease))
  } catch (error) {
    return Promise.reject(error)
  }
}
