import type { EventEmitter } from 'node:events'
import type { CreatePoolOptions } from '../create-pool-options.ts'

/** How resources are made and ended, as generic-pool has it. */
export interface Factory<T> {
  create(): Promise<T> | T
  destroy(resource: T): Promise<unknown> | unknown
  /** Asked before a resource is lent with `testOnBorrow`, and when it comes back with `testOnReturn`. */
  validate?(resource: T): Promise<boolean> | boolean
}

/** The options of generic-pool 3.9 (https://github.com/coopernurse/node-pool), with its names and its defaults. */
export interface GenericPoolOptions {
  /** Resources at most. Default 1. */
  readonly max?: number | undefined
  /** Resources at least; more than `max` is `max`. Default 0. */
  readonly min?: number | undefined
  /** Callers that may wait; more are rejected. Default: no limit. */
  readonly maxWaitingClients?: number | undefined
  /** Whether a resource is validated before it is lent. Default false. */
  readonly testOnBorrow?: boolean | undefined
  /** Whether a resource is validated when it comes back. Default false. */
  readonly testOnReturn?: boolean | undefined
  /** How long an acquire waits, in milliseconds. Default: no limit. */
  readonly acquireTimeoutMillis?: number | undefined
  /** How long a destroy may take, in milliseconds. Default: no limit. */
  readonly destroyTimeoutMillis?: number | undefined
  /** Whether the resource that was unused for longest is lent next; false: the one that came back last. Default true. */
  readonly fifo?: boolean | undefined
  /** How many priorities there are, 0 being the first to be served. Default 1. */
  readonly priorityRange?: number | undefined
  /** Whether `min` resources are made at once. False: with `start()`, or the first acquire. Default true. */
  readonly autostart?: boolean | undefined
  /** More than 0: unused resources are ended; the pool sees to when. Default 0: never. */
  readonly evictionRunIntervalMillis?: number | undefined
  /** Taken and not needed: all resources are looked at, at no cost worth a limit. */
  readonly numTestsPerEvictionRun?: number | undefined
  /** How long a resource may be unused while more than `min` are there, in milliseconds. Default -1: for ever. */
  readonly softIdleTimeoutMillis?: number | undefined
  /** How long a resource may be unused, in milliseconds. Default 30,000. */
  readonly idleTimeoutMillis?: number | undefined
  /** Taken and not needed: promises are the platform's. */
  readonly Promise?: unknown
  /** Options of the pool underneath that generic-pool does not have: `name`, `logger`, `metrics`, `leakDetectionMs`, … They win. */
  readonly pool?: CreatePoolOptions | undefined
}

/** A pool with the methods, properties and events of generic-pool's. */
export interface GenericPool<T> extends EventEmitter {
  /** Makes `min` resources, with `autostart: false`. */
  start(): void
  /** Resolves when `min` resources are there. */
  ready(): Promise<void>
  /** A resource, to be given back with `release` or `destroy`. Priority 0 is served first; one that is out of range is the last. */
  acquire(priority?: number): Promise<T>
  /** Runs `work` with a resource, which is released when it resolves and destroyed when it rejects. */
  use<R>(work: (resource: T) => Promise<R> | R, priority?: number): Promise<R>
  /** Gives a resource back. Rejects for what is not borrowed from this pool. */
  release(resource: T): Promise<void>
  /** Gives a resource back that is not to be used again. Rejects for what is not borrowed from this pool. */
  destroy(resource: T): Promise<void>
  isBorrowedResource(resource: T): boolean
  /** Refuses new acquires, serves those that wait, and resolves when everything is back. */
  drain(): Promise<void>
  /** Ends every unused resource and resolves when they are ended. After `drain` the pool is closed with it. */
  clear(): Promise<void>
  /** How many more resources could be made. */
  readonly spareResourceCapacity: number
  /** Resources there are or are being made. */
  readonly size: number
  /** Unused resources. */
  readonly available: number
  readonly borrowed: number
  /** Callers that wait. */
  readonly pending: number
  readonly max: number
  readonly min: number
}
