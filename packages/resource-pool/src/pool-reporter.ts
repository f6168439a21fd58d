import { createEventHub, type EventHub, type HoldfastError, toTimestamp } from '@holdfast/contracts'
import type { DestroyCause, LeaseReport, PoolEvents } from '@holdfast/contracts/resources'
import type { PoolSettings } from './create-pool-options.ts'
import { forgivingLogger } from './forgiving-logger.ts'
import { source } from './pool-errors.ts'
import { type PoolMetrics, type PoolReadings, registerPoolMetrics } from './pool-metrics.ts'
import type { CreateFailure } from './resource-creator.ts'
import type { Slot } from './slot.ts'

/** The events of each single lease. */
const leaseEvents = ['lease.acquired', 'lease.released'] as const

/** What is told of a resource. */
type ReportedSlot = Pick<Slot<unknown>, 'id' | 'epoch' | 'uses' | 'tenant'>

/** Says what happens in a pool: to listeners, to the log, to the metrics. Called after the state has changed. */
export class PoolReporter {
  readonly #hub: EventHub<PoolEvents>
  readonly #settings: PoolSettings
  readonly #metrics: PoolMetrics | undefined
  /** Whether leases have to be told of one by one; so that an acquire nobody looks at costs nothing. */
  watchesLeases: boolean
  readonly #onWatched: () => void

  constructor(settings: PoolSettings, type: string, readings: PoolReadings, onWatched: () => void) {
    this.#onWatched = onWatched
    const { logger, metrics, name } = settings
    this.#settings = { ...settings, logger: forgivingLogger(logger) }
    this.#hub = createEventHub(logger, source)
    this.#metrics = metrics === undefined ? undefined : registerPoolMetrics(metrics, name, type, readings)
    // An agent subscribes to the channel of an event before there is a pool, and is not looked for at each acquire.
    this.watchesLeases = this.#metrics !== undefined || leaseEvents.some((name) => this.#hub.hears(name))
  }

  readonly on: EventHub<PoolEvents>['on'] = (name, listener, options) => {
    this.#noticeLeaseListener(name)
    return this.#hub.on(name, listener, options)
  }

  readonly events: EventHub<PoolEvents>['events'] = (name, options) => {
    this.#noticeLeaseListener(name)
    return this.#hub.events(name, options)
  }

  created(slot: ReportedSlot, durationMs: number): void {
    this.#metrics?.created(durationMs)
    this.#hub.emit('resource.created', () => ({ ...this.#head(), id: slot.id, epoch: slot.epoch, durationMs }))
  }

  createFailed({ error, attempt, delayMs }: CreateFailure): void {
    const { code, reason, message } = error
    const { logger, name } = this.#settings
    this.#metrics?.createFailed(code)
    logger.warn({ pool: name, code, reason, attempt, delayMs }, 'a resource could not be made')
    this.#hub.emit('create.failed', () => ({
      ...this.#head(),
      code,
      ...(reason === undefined ? {} : { reason }),
      message,
      attempt,
      delayMs,
    }))
  }

  destroyed(slot: ReportedSlot, cause: DestroyCause, ageMs: number): void {
    this.#metrics?.destroyed(cause)
    const { uses } = slot
    this.#hub.emit('resource.destroyed', () => ({ ...this.#head(), id: slot.id, cause, uses, ageMs }))
  }

  destroyFailed(id: string, { code, message }: HoldfastError): void {
    const { logger, name } = this.#settings
    logger.warn({ pool: name, id, code }, 'a resource could not be destroyed and was let go of')
    this.#hub.emit('destroy.failed', () => ({ ...this.#head(), id, code, message }))
  }

  /** `waitedMs`: undefined when it was there at once. */
  acquired(slot: ReportedSlot, waitedMs: number | undefined): void {
    const { id, tenant } = slot
    this.#metrics?.acquired(waitedMs, tenant)
    this.#hub.emit('lease.acquired', () => ({ ...this.#head(), id, waitedMs: waitedMs ?? 0, ...tenantOf(tenant) }))
  }

  released(slot: ReportedSlot, heldMs: number): void {
    this.#hub.emit('lease.released', () => ({ ...this.#head(), id: slot.id, heldMs, ...tenantOf(slot.tenant) }))
  }

  leaked(report: LeaseReport, reclaimed: boolean): void {
    const { logger, name } = this.#settings
    this.#metrics?.leaked()
    logger.warn({ pool: name, ...report, reclaimed }, 'a lease was not released')
    this.#hub.emit('lease.leaked', () => ({ ...this.#head(), ...report, reclaimed }))
  }

  revoked(report: LeaseReport, epoch: number): void {
    const { logger, name } = this.#settings
    this.#metrics?.revoked()
    logger.warn({ pool: name, ...report, epoch }, 'a lease of an earlier epoch was taken away')
    this.#hub.emit('lease.revoked', () => ({ ...this.#head(), ...report, epoch }))
  }

  acquireFailed({ code, reason }: HoldfastError, waitedMs: number, tenant: string | undefined): void {
    this.#metrics?.failed(code, waitedMs, tenant)
    this.#hub.emit('acquire.failed', () => ({
      ...this.#head(),
      code,
      ...(reason === undefined ? {} : { reason }),
      waitedMs,
      ...tenantOf(tenant),
    }))
  }

  resized(size: { readonly minSize: number; readonly maxSize: number; readonly minIdle: number }): void {
    this.#hub.emit('pool.resized', () => ({ ...this.#head(), ...size }))
  }

  epochAdvanced(epoch: number): void {
    this.#hub.emit('epoch.advanced', () => ({ ...this.#head(), epoch }))
  }

  epochDrained(epoch: number, drainMs: number, forced: readonly LeaseReport[]): void {
    this.#hub.emit('epoch.drained', () => ({ ...this.#head(), epoch, drainMs, forced }))
  }

  drained(): void {
    this.#hub.emit('pool.drained', () => this.#head())
  }

  /** The last word: nobody is told anything after it. */
  closed(forced: readonly LeaseReport[]): void {
    this.#hub.emit('pool.closed', () => ({ ...this.#head(), forced }))
    this.#hub.end()
    this.#metrics?.end()
  }

  #head(): { readonly pool: string; readonly at: string } {
    const { name, clock } = this.#settings
    return { pool: name, at: toTimestamp(clock.wallNow()) }
  }

  /** From the first listener on they are told of, also when it has left: that is seldom and costs little. */
  #noticeLeaseListener(name: string): void {
    if (this.watchesLeases || (name !== 'lease.acquired' && name !== 'lease.released')) return
    this.watchesLeases = true
    this.#onWatched()
  }
}

const tenantOf = (tenant: string | undefined): { readonly tenant?: string } => (tenant === undefined ? {} : { tenant })
