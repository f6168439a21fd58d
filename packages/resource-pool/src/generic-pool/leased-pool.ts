import { EventEmitter } from 'node:events'
import type { Clock, Timer } from '@holdfast/contracts'
import type { Lease, Pool } from '@holdfast/contracts/resources'
import type { GenericPool } from './generic-pool.ts'
import { createPriorityQueue, type PriorityQueue } from './priority-queue.ts'

/** What a {@link LeasedPool} is made of. */
export interface LeasedPoolOptions<T> {
  readonly pool: Pool<T>
  readonly clock: Clock
  readonly max: number
  readonly min: number
  readonly priorityRange: number
  readonly acquireTimeoutMs: number
  readonly maxWaiting: number
}

interface Waiter<T> {
  readonly resolve: (resource: T) => void
  readonly reject: (error: unknown) => void
  timer?: Timer
}

/**
 * Lends resources where a pool lends leases. Each caller that waits has asked the pool for one lease; whichever comes first
 * goes to the caller of the highest priority.
 */
export class LeasedPool<T> extends EventEmitter implements GenericPool<T> {
  readonly #options: LeasedPoolOptions<T>
  readonly #pool: Pool<T>
  readonly #leases = new Map<T, Lease<T>>()
  readonly #waiters: PriorityQueue<Waiter<T>>
  /** One for each caller that waits, the latest last. */
  readonly #requests: AbortController[] = []
  #draining: Promise<void> | undefined
  #starting: Promise<void> | undefined

  constructor(options: LeasedPoolOptions<T>) {
    super()
    this.#options = options
    this.#pool = options.pool
    this.#waiters = createPriorityQueue(options.priorityRange)
  }

  start(): void {
    // Errors of creates are told as events, and ready() waits until they have passed.
    this.#starting ??= this.#pool.start({ deadline: Number.POSITIVE_INFINITY })
    this.#starting.catch(() => {})
  }

  async ready(): Promise<void> {
    this.start()
    await this.#starting
  }

  acquire(priority?: number): Promise<T> {
    if (this.#draining !== undefined) return Promise.reject(new Error('pool is draining and cannot accept work'))
    const lease = this.#waiters.size === 0 ? this.#pool.tryAcquire() : undefined
    if (lease !== undefined) return Promise.resolve(this.#lend(lease))
    const { maxWaiting, acquireTimeoutMs, clock } = this.#options
    if (this.#waiters.size >= maxWaiting) return Promise.reject(new Error('max waitingClients count exceeded'))
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter<T> = { resolve, reject }
      this.#waiters.add(waiter, priority)
      if (acquireTimeoutMs !== Number.POSITIVE_INFINITY) {
        waiter.timer = clock.setTimer(() => this.#giveUp(waiter), acquireTimeoutMs)
      }
      this.#request()
    })
  }

  async use<R>(work: (resource: T) => Promise<R> | R, priority?: number): Promise<R> {
    const resource = await this.acquire(priority)
    let result: R
    try {
      result = await work(resource)
    } catch (error) {
      await this.destroy(resource)
      throw error
    }
    await this.release(resource)
    return result
  }

  async release(resource: T): Promise<void> {
    this.#return(resource).release()
  }

  async destroy(resource: T): Promise<void> {
    this.#return(resource).destroy()
  }

  isBorrowedResource(resource: T): boolean {
    return this.#leases.has(resource)
  }

  drain(): Promise<void> {
    this.#draining ??= this.#pool.drain({ deadline: Number.POSITIVE_INFINITY })
    return this.#draining
  }

  async clear(): Promise<void> {
    if (this.#draining !== undefined) {
      await this.#draining
      return this.#pool.close({ deadlineMs: Number.POSITIVE_INFINITY })
    }
    const ending = new Set(
      this.#pool
        .instances()
        .filter(({ state }) => state === 'idle')
        .map(({ id }) => id),
    )
    const ended = new Promise<void>((resolve) => {
      if (ending.size === 0) return resolve()
      const stop = this.#pool.on('resource.destroyed', ({ id }) => {
        if (!ending.delete(id) || ending.size > 0) return
        stop()
        resolve()
      })
    })
    this.#pool.retain(({ id }) => !ending.has(id))
    await ended
  }

  get spareResourceCapacity(): number {
    return this.max - this.size
  }

  get size(): number {
    const { size, creating } = this.#pool.statistics()
    return size + creating
  }

  get available(): number {
    return this.#pool.statistics().idle
  }

  get borrowed(): number {
    return this.#leases.size
  }

  get pending(): number {
    return this.#waiters.size
  }

  get max(): number {
    return this.#options.max
  }

  get min(): number {
    return this.#options.min
  }

  #lend(lease: Lease<T>): T {
    const { resource } = lease
    this.#leases.set(resource, lease)
    return resource
  }

  #return(resource: T): Lease<T> {
    const lease = this.#leases.get(resource)
    if (lease === undefined) throw new Error('Resource not currently part of this pool')
    this.#leases.delete(resource)
    return lease
  }

  #request(): void {
    const abort = new AbortController()
    this.#requests.push(abort)
    const done = (): void => {
      const index = this.#requests.indexOf(abort)
      if (index >= 0) this.#requests.splice(index, 1)
    }
    this.#pool.acquire({ signal: abort.signal, timeoutMs: Number.POSITIVE_INFINITY }).then(
      (lease) => {
        done()
        const waiter = this.#waiters.next()
        // Everybody has given up meanwhile.
        if (waiter === undefined) return lease.release()
        waiter.timer?.cancel()
        waiter.resolve(this.#lend(lease))
      },
      (error: unknown) => {
        if (abort.signal.aborted) return
        done()
        const waiter = this.#waiters.next()
        waiter?.timer?.cancel()
        waiter?.reject(error)
      },
    )
  }

  #giveUp(waiter: Waiter<T>): void {
    if (!this.#waiters.remove(waiter)) return
    // One caller less waits, so one lease less is asked for: the one that would have come last.
    this.#requests.pop()?.abort()
    const error = new Error('ResourceRequest timed out')
    error.name = 'TimeoutError'
    waiter.reject(error)
  }
}
