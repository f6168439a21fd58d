import {
  type CallOptions,
  type CloseOptions,
  createEventHub,
  type EventHub,
  type HealthReport,
  toTimestamp,
} from '@holdfast/contracts'
import type {
  AcquireOptions,
  AdvanceEpochOptions,
  Lease,
  Pool,
  PoolEvents,
  PoolSize,
  PoolStatistics,
  ResourceInstance,
  TryAcquireOptions,
} from '@holdfast/contracts/resources'
import type { ManagedResource } from './managed-resource.ts'
import type { ManagerCore } from './manager-core.ts'

/** What a {@link ManagedPool} asks its manager for. */
export interface ManagedPoolHost {
  readonly core: ManagerCore
  start(options: CallOptions): Promise<void>
  stop(options: CloseOptions): Promise<void>
}

/**
 * The pool of a resource as its manager hands it out: the same one before, between and after its starts. Acquires go by the
 * state of the resource. To start it is to start what it requires as well, and to drain or close it is to stop it, with what requires it.
 */
export class ManagedPool<T> implements Pool<T> {
  readonly name: string
  readonly #resource: ManagedResource<T>
  readonly #host: ManagedPoolHost
  readonly #hub: EventHub<PoolEvents>
  /** Events that somebody has asked for: only these are taken from the pools behind. */
  readonly #heard = new Set<keyof PoolEvents>()

  constructor(resource: ManagedResource<T>, host: ManagedPoolHost) {
    this.name = resource.name
    this.#resource = resource
    this.#host = host
    this.#hub = createEventHub<PoolEvents>(host.core.settings.logger)
  }

  get epoch(): number {
    return this.#resource.life?.parts?.pool.epoch ?? 1
  }

  start(options: CallOptions = {}): Promise<void> {
    return this.#host.start(options)
  }

  acquire(options?: AcquireOptions): Promise<Lease<T>> {
    return this.#resource.acquire(options)
  }

  tryAcquire(options?: TryAcquireOptions): Lease<T> | undefined {
    const { open } = this.#resource
    if (open === undefined) throw this.#resource.refusal('tryAcquire')
    return open.tryAcquire(options)
  }

  use<R>(work: (resource: T, lease: Lease<T>) => Promise<R> | R, options?: AcquireOptions): Promise<R> {
    return this.#resource.use(work, options)
  }

  resize(size: PoolSize): void {
    this.#behind('resize').resize(size)
  }

  retain(keep: (instance: ResourceInstance, resource: T) => boolean): number {
    return this.#behind('retain').retain(keep)
  }

  advanceEpoch(options?: AdvanceEpochOptions): number {
    return this.#behind('advanceEpoch').advanceEpoch(options)
  }

  drain({ deadline = Number.POSITIVE_INFINITY }: CallOptions = {}): Promise<void> {
    return this.#host.stop({ deadlineMs: Math.max(0, deadline - this.#host.core.settings.clock.monotonicNow()) })
  }

  statistics(): PoolStatistics {
    return this.#behind('statistics').statistics()
  }

  instances(): readonly ResourceInstance[] {
    return this.#resource.life?.parts?.pool.instances() ?? []
  }

  async health(options?: CallOptions): Promise<HealthReport> {
    const parts = this.#resource.life?.parts
    if (parts !== undefined) return parts.probe(options ?? {})
    const { state } = this.#resource.lifecycle
    const checkedAt = toTimestamp(this.#host.core.settings.clock.wallNow())
    return { status: 'down', reason: `It is ${state}.`, latencyMs: 0, checkedAt }
  }

  readonly on: EventHub<PoolEvents>['on'] = (name, listener, options) => {
    this.#hear(name)
    return this.#hub.on(name, listener, options)
  }

  readonly events: EventHub<PoolEvents>['events'] = (name, options) => {
    this.#hear(name)
    return this.#hub.events(name, options)
  }

  close(options: CloseOptions = {}): Promise<void> {
    return this.#host.stop(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Tells what the pool of a new start tells. */
  follow(pool: Pool<T>): void {
    for (const name of this.#heard) this.#forward(pool, name)
  }

  /** Nothing comes any more. */
  end(): void {
    this.#hub.end()
  }

  #hear(name: keyof PoolEvents): void {
    if (this.#heard.has(name)) return
    this.#heard.add(name)
    const pool = this.#resource.life?.parts?.pool
    if (pool !== undefined) this.#forward(pool, name)
  }

  #forward(pool: Pool<T>, name: keyof PoolEvents): void {
    pool.on(name, (event) => this.#hub.emit(name, () => event))
  }

  /** The pool that is there now, also while nobody gets a resource of it. */
  #behind(operation: string): Pool<T> {
    const pool = this.#resource.life?.parts?.pool
    if (pool === undefined) throw this.#resource.refusal(operation)
    return pool
  }
}
