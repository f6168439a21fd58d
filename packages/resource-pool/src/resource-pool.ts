import {
  type CallOptions,
  type CloseOptions,
  createProblems,
  defaultCloseDeadlineMs,
  type HealthReport,
  type Tracer,
} from '@holdfast/contracts'
import type {
  AcquireOptions,
  AdvanceEpochOptions,
  Lease,
  Pool,
  PoolSize,
  PoolStatistics,
  ResourceAdapter,
  ResourceInstance,
  TryAcquireOptions,
} from '@holdfast/contracts/resources'
import { awaitPool, drainTimeoutError, startTimeoutError } from './await-pool.ts'
import { closePool } from './close-pool.ts'
import { type PoolSettings, requireSizes } from './create-pool-options.ts'
import { PoolCore } from './pool-core.ts'
import { closedError, interruptedError, source } from './pool-errors.ts'
import { poolHealth } from './pool-health.ts'
import type { PoolLease } from './pool-lease.ts'
import type { PoolReporter } from './pool-reporter.ts'
import { poolStatistics } from './pool-statistics.ts'
import { tracedAcquire } from './traced-acquire.ts'
import { useLease } from './use-lease.ts'

/** What `createPool` makes: the contract, in front of the core. */
export class ResourcePool<T> implements Pool<T> {
  readonly name: string
  readonly on: PoolReporter['on']
  readonly events: PoolReporter['events']
  readonly #core: PoolCore<T>
  readonly #adapter: ResourceAdapter<T>
  readonly #tracer: Tracer | undefined
  #closed: Promise<void> | undefined

  constructor(adapter: ResourceAdapter<T>, settings: PoolSettings) {
    this.name = settings.name
    this.#adapter = adapter
    this.#tracer = settings.tracer
    this.#core = new PoolCore(adapter, settings)
    this.on = this.#core.reporter.on
    this.events = this.#core.reporter.events
  }

  get epoch(): number {
    return this.#core.stock.epoch
  }

  async start(options: CallOptions = {}): Promise<void> {
    const core = this.#core
    const { stock, settings, name } = core
    this.#requireOpen('start')
    stock.isStarted = true
    stock.supply()
    const deadline = options.deadline ?? settings.clock.monotonicNow() + settings.acquireTimeoutMs
    await awaitPool(
      core,
      'start',
      { ...options, deadline },
      (failure) => {
        if (stock.state !== 'open') return interruptedError(name, 'start')
        if (stock.live >= stock.minSize) return 'done'
        return failure?.isPermanent ? failure.error : 'wait'
      },
      () => startTimeoutError(core),
    )
  }

  acquire(options?: AcquireOptions): Promise<Lease<T>> {
    return this.#acquire(options, this.acquire)
  }

  tryAcquire(options?: TryAcquireOptions): Lease<T> | undefined {
    return this.#core.tryAcquire(options?.tenant, this.tryAcquire)
  }

  use<R>(work: (resource: T, lease: Lease<T>) => Promise<R> | R, options?: AcquireOptions): Promise<R> {
    const lease = this.#tracer === undefined ? this.#core.acquireNow(options, this.use) : undefined
    return lease === undefined
      ? this.#acquire(options, this.use).then((acquired) => useLease(this.#adapter, acquired, work))
      : useLease(this.#adapter, lease, work)
  }

  resize(size: PoolSize): void {
    this.#requireOpen('resize')
    const { stock, reporter } = this.#core
    const { minSize = stock.minSize, maxSize = stock.maxSize, minIdle = stock.minIdle } = size
    const problems = createProblems(source, 'resize')
    requireSizes(problems, { minSize, maxSize, minIdle })
    problems.throwIfAny()
    stock.resize(minSize, maxSize, minIdle)
    this.#core.reconsider()
    reporter.resized({ minSize, maxSize, minIdle })
  }

  retain(keep: (instance: ResourceInstance, resource: T) => boolean): number {
    this.#requireOpen('retain')
    const core = this.#core
    return core.stock.retireWhere((slot) => !keep(core.describe(slot), slot.resource), 'not-retained')
  }

  advanceEpoch({ maxDrainMs = Number.POSITIVE_INFINITY }: AdvanceEpochOptions = {}): number {
    this.#requireOpen('advanceEpoch')
    const problems = createProblems(source, 'advanceEpoch')
    problems.require(maxDrainMs >= 0, 'maxDrainMs', maxDrainMs, '0 or more, or Infinity')
    problems.throwIfAny()
    const { stock, reporter, drains } = this.#core
    const epoch = stock.advanceEpoch()
    reporter.epochAdvanced(epoch)
    drains.begin(epoch, maxDrainMs)
    return epoch
  }

  async drain(options: CallOptions = {}): Promise<void> {
    const core = this.#core
    const { stock, reporter } = core
    if (stock.state === 'closed') throw closedError(core.name, 'drain', 'closed')
    stock.state = 'draining'
    core.reconsider()
    await awaitPool(
      core,
      'drain',
      options,
      () => {
        if (stock.state === 'closed') return interruptedError(core.name, 'drain')
        return core.leased + core.waiting === 0 ? 'done' : 'wait'
      },
      () => drainTimeoutError(core),
    )
    reporter.drained()
  }

  health(options: CallOptions = {}): Promise<HealthReport> {
    return poolHealth(this.#core, options)
  }

  statistics(): PoolStatistics {
    return poolStatistics(this.#core)
  }

  instances(): readonly ResourceInstance[] {
    return this.#core.stock.slots.map((slot) => this.#core.describe(slot))
  }

  close({ deadlineMs = defaultCloseDeadlineMs }: CloseOptions = {}): Promise<void> {
    if (this.#closed !== undefined) return this.#closed
    const problems = createProblems(source, 'close')
    problems.require(deadlineMs >= 0, 'deadlineMs', deadlineMs, '0 or more, or Infinity')
    try {
      problems.throwIfAny()
    } catch (error) {
      return Promise.reject(error)
    }
    const closed = Promise.withResolvers<void>()
    // Set before anything is told of it: a listener that closes again must find it closed.
    this.#closed = closed.promise
    closePool(this.#core, deadlineMs).then(closed.resolve, closed.reject)
    return closed.promise
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #acquire(options: AcquireOptions | undefined, above: (...args: never[]) => unknown): Promise<PoolLease<T>> {
    return this.#tracer === undefined
      ? this.#core.acquire(options, above)
      : tracedAcquire(this.#core, this.#tracer, options, above)
  }

  #requireOpen(operation: string): void {
    const { stock, name } = this.#core
    if (stock.state !== 'open') throw closedError(name, operation, stock.state)
  }
}
