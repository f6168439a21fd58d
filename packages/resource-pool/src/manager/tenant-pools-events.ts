import { type Clock, createEventHub, type EventHub, type Logger, toTimestamp } from '@holdfast/contracts'
import type { LeaseReport, Pool, PoolEvents } from '@holdfast/contracts/resources'

/** Events that are told as the pools tell them. */
const forwarded = [
  'resource.created',
  'create.failed',
  'resource.destroyed',
  'destroy.failed',
  'lease.acquired',
  'lease.released',
  'lease.leaked',
  'lease.revoked',
  'acquire.failed',
] as const

type Forwarded = (typeof forwarded)[number]

const isForwarded = (name: string): name is Forwarded => forwarded.some((each) => each === name)

/** An epoch whose predecessors have not ended in every pool. */
interface Draining {
  readonly startedAt: number
  readonly pools: Set<unknown>
  readonly forced: LeaseReport[]
}

/** The events of many pools as if they were one: those of resources and leases as they are, those of the whole once for all. */
export class TenantPoolsEvents<T> {
  readonly #name: string
  readonly #clock: Clock
  readonly #hub: EventHub<PoolEvents>
  readonly #pools = new Set<Pool<T>>()
  readonly #wanted = new Set<Forwarded>()
  readonly #drains = new Map<number, Draining>()
  /** Leases that were taken away when pools were closed. */
  readonly forced: LeaseReport[] = []
  #isAdvancing = false

  constructor(name: string, clock: Clock, logger: Logger) {
    this.#name = name
    this.#clock = clock
    this.#hub = createEventHub(logger)
  }

  readonly on: EventHub<PoolEvents>['on'] = (name, listener, options) => {
    this.#want(name)
    return this.#hub.on(name, listener, options)
  }

  readonly events: EventHub<PoolEvents>['events'] = (name, options) => {
    this.#want(name)
    return this.#hub.events(name, options)
  }

  /** Listens to one more pool. */
  add(pool: Pool<T>): void {
    this.#pools.add(pool)
    for (const name of this.#wanted) this.#forward(pool, name)
    pool.on('epoch.drained', ({ epoch, forced }) => this.#onDrained(pool, epoch, forced))
    pool.on('pool.closed', ({ forced }) => {
      this.forced.push(...forced)
      this.#pools.delete(pool)
      this.#onDrained(pool, Number.POSITIVE_INFINITY, [])
    })
  }

  resized(size: Pick<PoolEvents['pool.resized'], 'minSize' | 'maxSize' | 'minIdle'>): void {
    this.#hub.emit('pool.resized', () => ({ ...this.#head(), ...size }))
  }

  /** Begins a new epoch: `advance` does so in every pool, and those that have ended with the old one at once say so meanwhile. */
  advanceEpoch(epoch: number, advance: () => void): void {
    const draining = { startedAt: this.#clock.monotonicNow(), pools: new Set<unknown>(this.#pools), forced: [] }
    this.#drains.set(epoch, draining)
    this.#isAdvancing = true
    try {
      advance()
    } catch (error) {
      this.#drains.delete(epoch)
      throw error
    } finally {
      this.#isAdvancing = false
    }
    this.#hub.emit('epoch.advanced', () => ({ ...this.#head(), epoch }))
    this.#tellDrained()
  }

  drained(): void {
    this.#hub.emit('pool.drained', () => this.#head())
  }

  /** The last word. */
  closed(): void {
    this.#hub.emit('pool.closed', () => ({ ...this.#head(), forced: this.forced }))
    this.#hub.end()
  }

  #head(): { readonly pool: string; readonly at: string } {
    return { pool: this.#name, at: toTimestamp(this.#clock.wallNow()) }
  }

  /** From the first listener on pools are listened to, also when it has left: to listen to leases costs each of them a little. */
  #want(name: string): void {
    if (!isForwarded(name) || this.#wanted.has(name)) return
    this.#wanted.add(name)
    for (const pool of this.#pools) this.#forward(pool, name)
  }

  #forward(pool: Pool<T>, name: Forwarded): void {
    pool.on(name, (event) => this.#hub.emit(name, () => event))
  }

  #onDrained(pool: Pool<T>, upTo: number, forced: readonly LeaseReport[]): void {
    for (const [epoch, draining] of this.#drains) {
      if (epoch > upTo || !draining.pools.delete(pool)) continue
      draining.forced.push(...forced)
    }
    if (this.#isAdvancing) return
    this.#tellDrained()
  }

  #tellDrained(): void {
    for (const [epoch, { pools, startedAt, forced }] of this.#drains) {
      if (pools.size > 0) continue
      this.#drains.delete(epoch)
      const drainMs = this.#clock.monotonicNow() - startedAt
      this.#hub.emit('epoch.drained', () => ({ ...this.#head(), epoch, drainMs, forced }))
    }
  }
}
