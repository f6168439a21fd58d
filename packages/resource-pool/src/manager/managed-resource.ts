import type { HealthStatus } from '@holdfast/contracts'
import type { AcquireOptions, Lease, Pool } from '@holdfast/contracts/resources'
import type { GuardedUse } from './guard-use.ts'
import { Lifecycle } from './lifecycle.ts'
import { isUsable } from './lifecycle-state.ts'
import type { ManagedPool } from './managed-pool.ts'
import { managerClosedError, notUsableError } from './manager-errors.ts'
import type { TransitionCause } from './manager-events.ts'
import type { ResourceKey } from './resource-key.ts'
import type { ResourceParts } from './resource-parts.ts'
import type { ResourceRegistration } from './resource-registration.ts'

/** What has been done of a start, and has to be undone. */
export interface ResourceLife<T> {
  /** `beforeStart` is over. */
  isPrepared: boolean
  parts: ResourceParts<T> | undefined
  /** `afterStart` is over. */
  isUp: boolean
}

/** One registered resource. Small until it is started; there may be thousands. */
export class ManagedResource<T> {
  readonly key: ResourceKey<T>
  readonly registration: ResourceRegistration<T>
  readonly lifecycle: Lifecycle
  /** Where acquires go while anybody may get it. */
  open: Pool<T> | undefined = undefined
  guard: GuardedUse<T> | undefined = undefined
  life: ResourceLife<T> | undefined = undefined
  /** What its own checks say, whatever becomes of others. */
  status: HealthStatus = 'up'
  statusCauses: readonly TransitionCause[] = []
  /** The pool that is handed out, made when it is first asked for. */
  facade: ManagedPool<T> | undefined = undefined

  readonly #manager: { readonly isClosed: boolean }

  constructor(
    key: ResourceKey<T>,
    registration: ResourceRegistration<T>,
    now: number,
    manager: { readonly isClosed: boolean },
  ) {
    this.#manager = manager
    this.key = key
    this.registration = registration
    this.lifecycle = new Lifecycle(key.name, now)
  }

  get name(): string {
    return this.key.name
  }

  get isUsable(): boolean {
    return isUsable(this.lifecycle.state)
  }

  acquire(options: AcquireOptions | undefined): Promise<Lease<T>> {
    const { open } = this
    return open === undefined ? Promise.reject(this.refusal('acquire')) : open.acquire(options)
  }

  use<R>(work: (resource: T, lease: Lease<T>) => Promise<R> | R, options: AcquireOptions | undefined): Promise<R> {
    const { open, guard } = this
    if (open === undefined) return Promise.reject(this.refusal('use'))
    return guard === undefined ? open.use(work, options) : guard(open, work, options)
  }

  /** Why nobody gets it. */
  refusal(operation: string): Error {
    if (this.#manager.isClosed) return managerClosedError(operation)
    const { state, causes } = this.lifecycle
    return notUsableError(this.name, operation, state, causes)
  }
}
