import {
  type CallOptions,
  type CloseOptions,
  cancellationError,
  createProblems,
  defaultCloseDeadlineMs,
  type HealthReport,
  HoldfastError,
  toTimestamp,
} from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
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
import { acquireTimeProblem } from '../acquire-time-problem.ts'
import { awaitPool, drainTimeoutError } from '../await-pool.ts'
import { type CreatePoolOptions, type PoolSettings, poolSettings } from '../create-pool-options.ts'
import {
  acquireTimeoutError,
  closedError,
  deadlineError,
  exhaustedError,
  interruptedError,
  source,
} from '../pool-errors.ts'
import type { PoolReporter } from '../pool-reporter.ts'
import { useLease } from '../use-lease.ts'
import { closeShared } from './close-shared-resource.ts'
import { SharedCore, type SharedWaiter } from './shared-core.ts'
import type { SharedLease } from './shared-holder.ts'
import { sharedStatistics } from './shared-statistics.ts'

/** Options of {@link createSharedResource}: those of a pool that mean something where there is one resource for all. Others are not looked at. */
export type SharedResourceOptions = Pick<
  CreatePoolOptions,
  | 'name'
  | 'acquireTimeoutMs'
  | 'createTimeoutMs'
  | 'validateTimeoutMs'
  | 'destroyTimeoutMs'
  | 'keepAliveMs'
  | 'validateIdleLongerThanMs'
  | 'maxLifetimeMs'
  | 'maxLifetimeJitter'
  | 'maxWaiting'
  | 'credentials'
  | 'clock'
  | 'logger'
  | 'tracer'
  | 'metrics'
  | 'random'
>

/**
 * Makes a pool whose one resource is in many leases at the same time, as clients with connections of their own want it. It is made
 * once for however many come first, from the first use on there always is one, and it is validated in the background
 * (`keepAliveMs`) while others use it; `reset` is never called.
 *
 * When it fails, grows old, or its credentials change, another takes its place, and it ends when its last lease is back. One that
 * is merely old is given out until the next one is there. There are never more than two: when the newer of two fails as
 * well, those who still have the older lose it, with CLOSED.
 *
 * Throws INVALID_ARGUMENT naming every option that is wrong.
 */
export const createSharedResource = <T>(adapter: ResourceAdapter<T>, options?: SharedResourceOptions): Pool<T> =>
  new SharedResource(adapter, poolSettings(adapter, options))

class SharedResource<T> implements Pool<T> {
  readonly name: string
  readonly on: PoolReporter['on']
  readonly events: PoolReporter['events']
  readonly #core: SharedCore<T>
  readonly #adapter: ResourceAdapter<T>
  #closed: Promise<void> | undefined

  constructor(adapter: ResourceAdapter<T>, settings: PoolSettings) {
    this.name = settings.name
    this.#adapter = adapter
    this.#core = new SharedCore(adapter, settings)
    this.on = this.#core.reporter.on
    this.events = this.#core.reporter.events
  }

  get epoch(): number {
    return this.#core.epoch
  }

  async start(options: CallOptions = {}): Promise<void> {
    const core = this.#core
    this.#requireOpen('start')
    core.isStarted = true
    core.supply()
    const deadline = options.deadline ?? core.clock.monotonicNow() + core.settings.acquireTimeoutMs
    await awaitPool(
      core,
      'start',
      { ...options, deadline },
      (failure) => {
        if (core.state !== 'open') return interruptedError(core.name, 'start')
        if (core.current !== undefined) return 'done'
        return failure?.isPermanent ? failure.error : 'wait'
      },
      () => deadlineError(core.name, 'start', 'there is no resource.', core.creator.lastError),
    )
  }

  acquire(options?: AcquireOptions): Promise<Lease<T>> {
    return this.#acquire(options)
  }

  tryAcquire({ tenant = currentContext()?.tenant }: TryAcquireOptions = {}): Lease<T> | undefined {
    const core = this.#core
    this.#requireOpen('tryAcquire')
    core.isStarted = true
    const lease = core.lease(tenant)
    core.supply()
    return lease
  }

  async use<R>(work: (resource: T, lease: Lease<T>) => Promise<R> | R, options?: AcquireOptions): Promise<R> {
    return await useLease(this.#adapter, await this.#acquire(options), work)
  }

  resize({ minSize = 0, maxSize = 1, minIdle = 0 }: PoolSize): void {
    this.#requireOpen('resize')
    if (minSize <= 1 && maxSize === 1 && minIdle === 0) return
    throw new HoldfastError({
      code: 'UNSUPPORTED',
      source,
      operation: 'resize',
      message: `${this.name} is one resource for all, which has no other size.`,
      hint: 'Make a pool of it if several are needed.',
    })
  }

  retain(keep: (instance: ResourceInstance, resource: T) => boolean): number {
    this.#requireOpen('retain')
    const { current } = this.#core
    if (current === undefined || keep(current.describe(), current.resource)) return 0
    this.#core.retire(current, 'not-retained')
    return 1
  }

  advanceEpoch({ maxDrainMs = Number.POSITIVE_INFINITY }: AdvanceEpochOptions = {}): number {
    this.#requireOpen('advanceEpoch')
    const problems = createProblems(source, 'advanceEpoch')
    problems.require(maxDrainMs >= 0, 'maxDrainMs', maxDrainMs, '0 or more, or Infinity')
    problems.throwIfAny()
    const { reporter, drains } = this.#core
    const epoch = this.#core.advanceEpoch()
    reporter.epochAdvanced(epoch)
    drains.begin(epoch, maxDrainMs)
    return epoch
  }

  async drain(options: CallOptions = {}): Promise<void> {
    const core = this.#core
    if (core.state === 'closed') throw closedError(core.name, 'drain', 'closed')
    core.state = 'draining'
    await awaitPool(
      core,
      'drain',
      options,
      () => {
        if (core.state === 'closed') return interruptedError(core.name, 'drain')
        return core.leased + core.waiting === 0 ? 'done' : 'wait'
      },
      () => drainTimeoutError(core),
    )
    core.reporter.drained()
  }

  async health({ signal, deadline }: CallOptions = {}): Promise<HealthReport> {
    const { clock, settings, calls } = this.#core
    this.#requireOpen('health')
    const startedAt = clock.monotonicNow()
    try {
      const lease = await this.#acquire({ signal, deadline })
      try {
        const report = await calls.health(lease.resource, settings.validateTimeoutMs)
        if (report.status === 'down') lease.destroy()
        return { ...report, details: { ...report.details, leased: this.#core.leased - (lease.isOut ? 1 : 0) } }
      } catch (error) {
        lease.destroy()
        throw error
      } finally {
        lease.release()
      }
    } catch (error) {
      if (signal?.aborted || HoldfastError.is(error, 'CLOSED')) throw error
      return {
        status: 'down',
        reason: error instanceof Error ? error.message : 'The probe failed.',
        latencyMs: clock.monotonicNow() - startedAt,
        checkedAt: toTimestamp(clock.wallNow()),
      }
    }
  }

  statistics(): PoolStatistics {
    return sharedStatistics(this.#core)
  }

  instances(): readonly ResourceInstance[] {
    return this.#core.holders().map((holder) => holder.describe())
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
    closeShared(this.#core, deadlineMs).then(closed.resolve, closed.reject)
    return closed.promise
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #acquire(options: AcquireOptions = {}): Promise<SharedLease<T>> {
    const core = this.#core
    const context = currentContext()
    const { timeoutMs = core.settings.acquireTimeoutMs, tenant = context?.tenant, signal } = options
    if (signal?.aborted !== true && core.state === 'open') {
      core.isStarted = true
      const lease = core.lease(tenant)
      if (lease !== undefined) return lease
    }
    const given = Math.min(options.deadline ?? never, context?.deadline ?? never)
    const waitMs = Math.min(timeoutMs, given - core.clock.monotonicNow())
    const refusal = this.#refusal(timeoutMs, given, waitMs, signal)
    if (refusal === undefined) return await this.#wait(tenant, waitMs, signal)
    this.#noteFailure(refusal, 0, tenant)
    throw refusal
  }

  /** Why a caller cannot even wait. */
  #refusal(timeoutMs: number, deadline: number, waitMs: number, signal: AbortSignal | undefined) {
    const core = this.#core
    if (core.state !== 'open') return closedError(core.name, 'acquire', core.state)
    if (signal?.aborted) return cancellationError(signal, { source, operation: 'acquire' })
    if (!(timeoutMs >= 0) || Number.isNaN(deadline)) return acquireTimeProblem(timeoutMs, deadline)
    if (core.waiting >= core.settings.maxWaiting) return exhaustedError(core.name, core.waiting, core.leased)
    if (waitMs > 0) return undefined
    core.supply()
    return this.#timeoutError(0)
  }

  #wait(tenant: string | undefined, waitMs: number, signal: AbortSignal | undefined): Promise<SharedLease<T>> {
    const core = this.#core
    const since = core.clock.monotonicNow()
    return new Promise((resolve, reject) => {
      const end = (): void => {
        core.waiters.delete(waiter)
        timer?.cancel()
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: SharedWaiter<T> = {
        since,
        tenant,
        resolve: (lease) => {
          end()
          resolve(lease)
        },
        reject: (error) => {
          end()
          this.#noteFailure(error, core.clock.monotonicNow() - since, tenant)
          reject(error)
          core.onChanged()
        },
      }
      const onAbort = (): void => {
        if (signal !== undefined) waiter.reject(cancellationError(signal, { source, operation: 'acquire' }))
      }
      const onTimeout = (): void => waiter.reject(this.#timeoutError(core.clock.monotonicNow() - since))
      const timer = waitMs === never ? undefined : core.clock.setTimer(onTimeout, waitMs, { keepAlive: true })
      signal?.addEventListener('abort', onAbort, { once: true })
      core.waiters.add(waiter)
      core.counts.peakWaiting = Math.max(core.counts.peakWaiting, core.waiting)
      core.supply()
    })
  }

  #timeoutError(waitedMs: number): HoldfastError {
    const { name, leased, waiting, creator } = this.#core
    const details = {
      waitedMs: Math.round(waitedMs),
      inUse: leased,
      waiting,
      oldestLeaseMs: this.statistics().oldestLeaseMs,
      lastCreateErrorCode: creator.lastError?.code,
    }
    return acquireTimeoutError(name, details, creator.lastError)
  }

  #noteFailure(error: HoldfastError, waitedMs: number, tenant: string | undefined): void {
    const { counts, reporter } = this.#core
    if (error.code === 'TIMEOUT') counts.timeouts += 1
    else if (error.code === 'CANCELLED') counts.cancellations += 1
    else if (error.code === 'RESOURCE_EXHAUSTED') counts.exhaustions += 1
    reporter.acquireFailed(error, waitedMs, tenant)
  }

  #requireOpen(operation: string): void {
    const { state, name } = this.#core
    if (state !== 'open') throw closedError(name, operation, state)
  }
}

const never = Number.POSITIVE_INFINITY
