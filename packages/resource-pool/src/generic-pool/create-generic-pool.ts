import { createProblems, systemClock } from '@holdfast/contracts'
import { createPool as createResourcePool } from '../create-pool.ts'
import { source } from '../pool-errors.ts'
import { factoryAdapter } from './factory-adapter.ts'
import type { Factory, GenericPool, GenericPoolOptions } from './generic-pool.ts'
import { LeasedPool } from './leased-pool.ts'

const never = Number.POSITIVE_INFINITY

/** How long a create may take: generic-pool waits for ever, and loses the place of one that hangs. */
const createTimeoutMs = 120_000

/** Smallest duration and count of each option that has one. */
const least = {
  max: 1,
  min: 0,
  maxWaitingClients: 0,
  acquireTimeoutMillis: 1,
  destroyTimeoutMillis: 1,
  priorityRange: 1,
  evictionRunIntervalMillis: 0,
  softIdleTimeoutMillis: -1,
  idleTimeoutMillis: 1,
} as const

/**
 * Makes a pool that looks like generic-pool's and is one of this package underneath, so that switching is a changed import.
 * It keeps what generic-pool documents, and does without its faults: failing creates are backed off, a create that hangs
 * gives up its place after two minutes, and a waiting caller has one deadline. What the shape itself cannot prevent: a
 * resource that is released a second time, after somebody else has got it, is taken from him; leases cannot be (`createPool`
 * of this package). Throws INVALID_ARGUMENT naming everything that is wrong.
 */
export const createPool = <T>(factory: Factory<T>, options: GenericPoolOptions = {}): GenericPool<T> => {
  assertGenericOptions(factory, options)
  const { max = 1, priorityRange = 1, fifo = true, acquireTimeoutMillis = never, maxWaitingClients = never } = options
  const min = Math.min(options.min ?? 0, max)
  const leased: LeasedPool<T> = new LeasedPool<T>({
    pool: createResourcePool<T>(
      factoryAdapter(factory, options, (event, error) => leased.emit(event, error)),
      {
        name: 'generic-pool',
        minSize: min,
        maxSize: max,
        order: fifo ? 'fifo' : 'lifo',
        acquireTimeoutMs: never,
        createTimeoutMs,
        destroyTimeoutMs: options.destroyTimeoutMillis ?? never,
        validateIdleLongerThanMs: options.testOnBorrow === true ? 0 : never,
        idleTimeoutMs: idleTimeoutOf(options),
        keepAliveMs: never,
        maxLifetimeMs: never,
        maxWaiting: never,
        maxConcurrentCreates: max,
        ...options.pool,
      },
    ),
    clock: options.pool?.clock ?? systemClock,
    max,
    min,
    priorityRange,
    acquireTimeoutMs: acquireTimeoutMillis,
    maxWaiting: maxWaitingClients,
  })
  if (options.autostart ?? true) leased.start()
  return leased
}

const idleTimeoutOf = ({
  evictionRunIntervalMillis = 0,
  softIdleTimeoutMillis = -1,
  idleTimeoutMillis = 30_000,
}: GenericPoolOptions): number => {
  if (evictionRunIntervalMillis === 0) return never
  return softIdleTimeoutMillis > 0 ? Math.min(softIdleTimeoutMillis, idleTimeoutMillis) : idleTimeoutMillis
}

const assertGenericOptions = <T>(factory: Factory<T>, options: GenericPoolOptions): void => {
  const problems = createProblems(source, 'createPool')
  for (const method of ['create', 'destroy'] as const) {
    problems.require(typeof factory?.[method] === 'function', `factory.${method}`, factory?.[method], 'a function')
  }
  for (const test of ['testOnBorrow', 'testOnReturn'] as const) {
    problems.require(
      options[test] !== true || typeof factory?.validate === 'function',
      'factory.validate',
      factory?.validate,
      `a function, for ${test}`,
    )
  }
  for (const [name, smallest] of Object.entries(least)) {
    const value: unknown = Reflect.get(options, name)
    problems.require(
      value === undefined || (typeof value === 'number' && value >= smallest),
      name,
      value,
      `a number of at least ${smallest}`,
    )
  }
  problems.throwIfAny()
}
