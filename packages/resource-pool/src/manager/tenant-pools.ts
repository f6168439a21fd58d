import {
  abortable,
  type CallOptions,
  type Clock,
  type CloseOptions,
  createProblems,
  defaultCloseDeadlineMs,
  type HealthReport,
  HoldfastError,
  type Logger,
  silentLogger,
  systemClock,
  throwIfAborted,
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
  ResourceInstance,
  TryAcquireOptions,
} from '@holdfast/contracts/resources'
import { acquireTimeProblem } from '../acquire-time-problem.ts'
import { poolDefaults, requireSizes } from '../create-pool-options.ts'
import { closedError, interruptedError, source } from '../pool-errors.ts'
import { sumStatistics } from './sum-statistics.ts'
import { poolNotMadeError, tenantRequiredError, tooManyPoolsError } from './tenant-errors.ts'
import { TenantPoolsEvents } from './tenant-pools-events.ts'

/** Options of {@link createTenantPools}. */
export interface TenantPoolsOptions {
  /** The resource, in errors and events. */
  readonly name: string
  /** Pools at most, also counting those that are closing. Default 100. */
  readonly maxPools?: number | undefined
  /** How long an acquire waits that does not say, for the place of its pool as for a resource of it. Default 5000, as the pool's. */
  readonly acquireTimeoutMs?: number | undefined
  /** Default: the real time. */
  readonly clock?: Clock | undefined
  /** Default: silent. */
  readonly logger?: Logger | undefined
}

/** A tenant's pool, or the place of one that is being made. */
interface Place<T> {
  readonly tenant: string
  pool: Pool<T> | undefined
  /** Resolves when the pool is there, after the one has closed whose place it takes. */
  opening: Promise<Pool<T>> | undefined
  /** Calls that are on their way to the pool or wait in it. */
  calls: number
}

/**
 * A pool for each tenant as if they were one: made on first use, `maxPools` at most. When there are as many, the one that was
 * unused longest is closed, and the next one is made when that is done; one with leases out or callers that wait never is, and
 * when all are in use an acquire for one more tenant is RESOURCE_EXHAUSTED/QUOTA_EXCEEDED at once.
 *
 * An acquire without a tenant is INVALID_ARGUMENT/TENANT_REQUIRED. Statistics are the sums, also of pools that are closed again;
 * bounds, epochs, drain and close are those of all.
 */
export const createTenantPools = <T>(make: (tenant: string) => Pool<T>, options: TenantPoolsOptions): Pool<T> => {
  const problems = createProblems(source, 'createTenantPools')
  const { name, maxPools = defaultMaxPools, acquireTimeoutMs = poolDefaults.acquireTimeoutMs } = options
  problems.require(typeof make === 'function', 'make', make, 'a function')
  problems.require(typeof name === 'string' && name !== '', 'name', name, 'a text that is not empty')
  problems.require(Number.isInteger(maxPools) && maxPools >= 1, 'maxPools', maxPools, 'a whole number of at least 1')
  problems.require(acquireTimeoutMs >= 0, 'acquireTimeoutMs', acquireTimeoutMs, '0 or more, or Infinity')
  problems.throwIfAny()
  return new TenantPools(make, { ...options, maxPools, acquireTimeoutMs })
}

/** As many databases of tenants as one process is likely to work with at the same time. */
const defaultMaxPools = 100

class TenantPools<T> implements Pool<T> {
  readonly name: string
  readonly on: Pool<T>['on']
  readonly events: Pool<T>['events']
  epoch = 1
  readonly #make: (tenant: string) => Pool<T>
  readonly #maxPools: number
  readonly #acquireTimeoutMs: number
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #told: TenantPoolsEvents<T>
  /** The one that was unused longest first. */
  readonly #places = new Map<string, Place<T>>()
  /** Pools that make room for others, and when they are gone. */
  readonly #closing = new Map<Pool<T>, Promise<void>>()
  /** Calls that wait for their pool to be made. */
  readonly #onTheirWay = new Set<Promise<unknown>>()
  /** Those who wait for a pool, to be turned away when all is closed. */
  readonly #turnAway = new Set<(error: HoldfastError) => void>()
  /** Of pools that are gone. */
  #past: PoolStatistics | undefined
  #size: PoolSize = {}
  #state: 'open' | 'draining' | 'closed' = 'open'
  #closed: Promise<void> | undefined

  constructor(
    make: (tenant: string) => Pool<T>,
    {
      name,
      maxPools = defaultMaxPools,
      acquireTimeoutMs = poolDefaults.acquireTimeoutMs,
      clock = systemClock,
      logger = silentLogger,
    }: TenantPoolsOptions,
  ) {
    this.name = name
    this.#make = make
    this.#maxPools = maxPools
    this.#acquireTimeoutMs = acquireTimeoutMs
    this.#clock = clock
    this.#logger = logger
    this.#told = new TenantPoolsEvents(name, clock, logger)
    this.on = this.#told.on
    this.events = this.#told.events
  }

  async start(options: CallOptions = {}): Promise<void> {
    this.#requireOpen('start')
    throwIfAborted(options.signal, { source, operation: 'start' })
  }

  acquire(options: AcquireOptions = {}): Promise<Lease<T>> {
    return this.#with('acquire', options, (pool, given) => pool.acquire(given))
  }

  use<R>(work: (resource: T, lease: Lease<T>) => Promise<R> | R, options: AcquireOptions = {}): Promise<R> {
    return this.#with('use', options, (pool, given) => pool.use(work, given))
  }

  tryAcquire(options: TryAcquireOptions = {}): Lease<T> | undefined {
    this.#requireOpen('tryAcquire')
    const tenant = this.#tenantOf(options, 'tryAcquire')
    const place = this.#places.get(tenant) ?? this.#claim(tenant)
    // A pool that is still to be made answers the next one.
    if (place?.pool === undefined) return undefined
    this.#touch(place)
    return place.pool.tryAcquire({ tenant })
  }

  resize(size: PoolSize): void {
    this.#requireOpen('resize')
    const pools = this.#pools()
    if (pools.length === 0) {
      const { minSize = 0, maxSize = Number.MAX_SAFE_INTEGER, minIdle = 0 } = { ...this.#size, ...size }
      const problems = createProblems(source, 'resize')
      requireSizes(problems, { minSize, maxSize, minIdle })
      problems.throwIfAny()
    }
    for (const pool of pools) pool.resize(size)
    this.#size = { ...this.#size, ...size }
    const { minSize, maxSize, minIdle } = this.statistics()
    this.#told.resized({ minSize, maxSize, minIdle })
  }

  retain(keep: (instance: ResourceInstance, resource: T) => boolean): number {
    this.#requireOpen('retain')
    return this.#pools().reduce((sum, pool) => sum + pool.retain(keep), 0)
  }

  advanceEpoch(options: AdvanceEpochOptions = {}): number {
    this.#requireOpen('advanceEpoch')
    const { maxDrainMs = never } = options
    const problems = createProblems(source, 'advanceEpoch')
    problems.require(maxDrainMs >= 0, 'maxDrainMs', maxDrainMs, '0 or more, or Infinity')
    problems.throwIfAny()
    this.epoch += 1
    this.#told.advanceEpoch(this.epoch, () => {
      for (const pool of this.#pools()) pool.advanceEpoch(options)
    })
    return this.epoch
  }

  async drain(options: CallOptions = {}): Promise<void> {
    if (this.#state === 'closed') throw closedError(this.name, 'drain', 'closed')
    this.#state = 'draining'
    // Those who wait for their pool are served too.
    await this.#bounded(Promise.allSettled([...this.#onTheirWay]), 'drain', options)
    await Promise.all(this.#pools().map((pool) => pool.drain(options)))
    this.#told.drained()
  }

  async health(options: CallOptions = {}): Promise<HealthReport> {
    this.#requireOpen('health')
    const startedAt = this.#clock.monotonicNow()
    const reports = await Promise.all(this.#pools().map((pool) => pool.health(options)))
    const down = reports.filter(({ status }) => status === 'down').length
    const isDown = down > 0 && down === reports.length
    const leased = this.#pools().reduce((sum, pool) => sum + pool.statistics().leased, 0)
    const poor = reports.find(({ status }) => status !== 'up')
    return {
      status: isDown ? 'down' : poor === undefined ? 'up' : 'degraded',
      ...(poor === undefined
        ? {}
        : { reason: `${down} of ${reports.length} pools are down. ${poor.reason ?? ''}`.trimEnd() }),
      latencyMs: this.#clock.monotonicNow() - startedAt,
      checkedAt: toTimestamp(this.#clock.wallNow()),
      // Whether any of them did ask: there may be none yet, or all their resources are in use.
      details: { asked: reports.some(({ details }) => details?.asked === true), leased, pools: reports.length, down },
    }
  }

  statistics(): PoolStatistics {
    const all = [...this.#pools(), ...this.#closing.keys()].map((pool) => pool.statistics())
    const size = all.reduce((sum, { recommended }) => sum + recommended.size, 0)
    const whole = {
      state: this.#state,
      epoch: this.epoch,
      recommended: { size, reason: `The sum over ${all.length} pools of tenants.` },
    }
    return sumStatistics(this.#past === undefined ? all : [...all, this.#past], whole)
  }

  instances(): readonly ResourceInstance[] {
    return this.#pools().flatMap((pool) => pool.instances())
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
    this.#state = 'closed'
    for (const turnAway of [...this.#turnAway]) turnAway(interruptedError(this.name, 'acquire'))
    this.#closeAll(deadlineMs).then(closed.resolve, closed.reject)
    return closed.promise
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #closeAll(deadlineMs: number): Promise<void> {
    const endings = this.#pools().map((pool) => pool.close({ deadlineMs }))
    const outcomes = await Promise.allSettled([...endings, ...this.#closing.values()])
    this.#told.closed()
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  #pools(): Pool<T>[] {
    return [...this.#places.values()].flatMap(({ pool }) => (pool === undefined ? [] : [pool]))
  }

  #tenantOf({ tenant = currentContext()?.tenant }: TryAcquireOptions, operation: string): string {
    if (typeof tenant === 'string' && tenant !== '') return tenant
    throw tenantRequiredError(this.name, operation)
  }

  #with<R>(
    operation: string,
    options: AcquireOptions,
    begin: (pool: Pool<T>, given: AcquireOptions) => Promise<R>,
  ): Promise<R> {
    try {
      this.#requireOpen(operation)
      const tenant = this.#tenantOf(options, operation)
      throwIfAborted(options.signal, { source, operation })
      const place = this.#places.get(tenant) ?? this.#claim(tenant)
      if (place === undefined) throw tooManyPoolsError(this.name, operation, tenant, this.#maxPools)
      const given = options.tenant === tenant ? options : { ...options, tenant }
      this.#touch(place)
      place.calls += 1
      const begun = place.pool === undefined ? this.#whenMade(place, operation, given, begin) : begin(place.pool, given)
      return begun.finally(() => {
        place.calls -= 1
      })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Begins as soon as the pool is there, with the time that is left. */
  async #whenMade<R>(
    place: Place<T>,
    operation: string,
    options: AcquireOptions,
    begin: (pool: Pool<T>, given: AcquireOptions) => Promise<R>,
  ): Promise<R> {
    const { timeoutMs = this.#acquireTimeoutMs, deadline = never, signal } = options
    if (!(timeoutMs >= 0) || Number.isNaN(deadline)) throw acquireTimeProblem(timeoutMs, deadline)
    const until = this.#clock.monotonicNow() + timeoutMs
    const bounds = { signal, deadline: Math.min(until, deadline) }
    const opening = this.#bounded(
      place.opening ?? Promise.reject(interruptedError(this.name, operation)),
      operation,
      bounds,
    )
    this.#onTheirWay.add(opening)
    let begun: Promise<R>
    try {
      const pool = await opening
      begun = begin(pool, { ...options, timeoutMs: Math.max(0, until - this.#clock.monotonicNow()) })
    } finally {
      this.#onTheirWay.delete(opening)
    }
    return begun
  }

  /** A place for one more pool, which is made at once or when another one has closed; undefined when all are in use. */
  #claim(tenant: string): Place<T> | undefined {
    const place: Place<T> = { tenant, pool: undefined, opening: undefined, calls: 0 }
    if (this.#places.size + this.#closing.size < this.#maxPools) {
      this.#open(place)
      this.#places.set(tenant, place)
      return place
    }
    const unused = this.#takeUnused()
    if (unused === undefined) return undefined
    const opening = this.#end(unused).then(() => this.#open(place))
    place.opening = opening
    this.#places.set(tenant, place)
    opening.catch(() => {
      if (this.#places.get(tenant) === place) this.#places.delete(tenant)
    })
    return place
  }

  #open(place: Place<T>): Pool<T> {
    if (this.#state === 'closed') throw interruptedError(this.name, 'acquire')
    const pool = this.#make(place.tenant)
    if (Object.values(this.#size).some((each) => each !== undefined)) pool.resize(this.#size)
    while (pool.epoch < this.epoch) pool.advanceEpoch()
    place.pool = pool
    place.opening = undefined
    this.#told.add(pool)
    return pool
  }

  /** Takes the pool out that was unused longest, if there is one that nobody uses. */
  #takeUnused(): Pool<T> | undefined {
    for (const { tenant, pool, calls } of this.#places.values()) {
      if (pool === undefined || calls > 0) continue
      const { leased, waiting } = pool.statistics()
      if (leased + waiting > 0) continue
      this.#places.delete(tenant)
      return pool
    }
    return undefined
  }

  /** Closes a pool to make room; what it has counted is kept. */
  async #end(pool: Pool<T>): Promise<void> {
    const closed = pool.close().catch((error: unknown) => {
      const code = HoldfastError.is(error) ? error.code : undefined
      this.#logger.warn({ pool: pool.name, code }, 'the pool of a tenant that was not used could not be closed')
    })
    this.#closing.set(pool, closed)
    await closed
    const { state, epoch, recommended } = this.statistics()
    const gone = { ...pool.statistics(), minSize: 0, maxSize: 0, minIdle: 0 }
    this.#closing.delete(pool)
    this.#past = sumStatistics(this.#past === undefined ? [gone] : [gone, this.#past], { state, epoch, recommended })
  }

  #touch(place: Place<T>): void {
    this.#places.delete(place.tenant)
    this.#places.set(place.tenant, place)
  }

  #requireOpen(operation: string): void {
    if (this.#state !== 'open') throw closedError(this.name, operation, this.#state)
  }

  /** Waits no longer than the caller says. */
  async #bounded<R>(work: Promise<R>, operation: string, { signal, deadline = never }: CallOptions): Promise<R> {
    const until = Math.min(deadline, currentContext()?.deadline ?? never)
    const late = Promise.withResolvers<never>()
    const startedAt = this.#clock.monotonicNow()
    const onTimeout = (): void =>
      late.reject(poolNotMadeError(this.name, operation, this.#clock.monotonicNow() - startedAt))
    const timer =
      until === never ? undefined : this.#clock.setTimer(onTimeout, Math.max(0, until - startedAt), { keepAlive: true })
    this.#turnAway.add(late.reject)
    try {
      return await abortable(Promise.race([work, late.promise]), signal, { source, operation })
    } finally {
      timer?.cancel()
      this.#turnAway.delete(late.reject)
    }
  }
}

const never = Number.POSITIVE_INFINITY
