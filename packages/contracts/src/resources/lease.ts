import type { ResourceInstance } from './resource-instance.ts'

/**
 * The right to use one resource until it is released. Each acquire makes a new one, so that a second release, late or by
 * mistake, can never take the resource from whoever has it by then.
 *
 * With `using` it is released at the end of the block. A block that is left by an error does not tell the lease so: the pool
 * has the resource validated before it is used again. `pool.use(work)` sees the error and destroys what it broke.
 */
export interface Lease<T> {
  /** The resource. Throws CLOSED once the lease has ended. */
  readonly resource: T
  /** What the pool knows of the resource at this moment. Throws CLOSED once the lease has ended. */
  readonly instance: ResourceInstance
  /** Gives the resource back. Never throws; does nothing once the lease has ended. */
  release(): void
  /** Ends the lease and the resource with it, because it is broken: `error` says how. Never throws; does nothing once the lease has ended. */
  destroy(error?: unknown): void
  /** The same as {@link Lease.release}. */
  [Symbol.dispose](): void
  /** The same as {@link Lease.release}: what follows a release is not waited for. */
  [Symbol.asyncDispose](): Promise<void>
}
