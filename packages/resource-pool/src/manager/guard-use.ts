import { compose, type Operations } from '@holdfast/contracts'
import type { AcquireOptions, Lease, Pool } from '@holdfast/contracts/resources'
import type { ResourcePolicy } from './resource-registration.ts'

/** `use` of a pool inside policies. */
export type GuardedUse<T> = <R>(
  pool: Pool<T>,
  work: (resource: T, lease: Lease<T>) => Promise<R> | R,
  options: AcquireOptions | undefined,
) => Promise<R>

/** What policies wrap, with the key that a circuit goes by. */
interface UseContract {
  use(
    key: string,
    options: AcquireOptions | undefined,
    run: (options: AcquireOptions | undefined) => Promise<unknown>,
  ): Promise<unknown>
}

/** Not idempotent, whatever the caller does in it: a policy that retries never runs a user's work again. */
const operations: Operations<UseContract> = {
  use: { kind: 'unary', effect: 'write', idempotent: false, key: 0, options: 1 },
}

const bare: UseContract = { use: (_key, options, run) => run(options) }

/** Puts policies around the use of a resource, outermost first; undefined when there are none. */
export const guardUse = <T>(name: string, policies: readonly ResourcePolicy[]): GuardedUse<T> | undefined => {
  if (policies.length === 0) return undefined
  const guarded = compose(bare, ...policies.map((policy) => policy.layer(operations)))
  return <R>(
    pool: Pool<T>,
    work: (resource: T, lease: Lease<T>) => Promise<R> | R,
    options: AcquireOptions | undefined,
  ): Promise<R> =>
    // What `use` answers comes from `run`, whose result has this type.
    guarded.use(name, options, (given) => pool.use(work, given)) as Promise<R>
}
