import {
  type Around,
  type CallOptions,
  HoldfastError,
  intercept,
  type Layer,
  type Operation,
  type Operations,
  throwIfAborted,
} from '@holdfast/contracts'
import type { InProcessCache } from './in-process-cache.ts'
import type { LoadOptions } from './load-options.ts'

/** Options of {@link cacheReads}; those of loading are passed on to `getOrLoad`. */
export interface CacheReadsOptions<C> extends Omit<LoadOptions<CachedRead>, 'signal' | 'entry' | 'tags' | 'weight'> {
  /** The operation table of the contract. */
  readonly operations: Operations<C>
  /** Names of the operations whose answers are kept: unary reads that name what they read by a key. */
  readonly reads: readonly (keyof C & string)[]
  /** Where answers are kept. Nothing else may be in it: a write without a key clears it. */
  readonly cache: InProcessCache<string, CachedRead>
}

/** An answer in the cache; in a box, since undefined is an answer too. */
export interface CachedRead {
  readonly answer: unknown
}

/**
 * A layer that answers reads of a contract from a cache. A write of a key takes the answers of that key away when it
 * begins, and again when it has settled, also when it failed: then nobody knows what was written. A write without a key
 * takes everything away. A read that is under way during a write answers those who wait for it and is not kept, so an
 * older answer never comes back after a newer one was written through the layer.
 *
 * Writes that do not pass through the layer are seen when the TTL is over. A call whose options say more than `signal`
 * and `deadline` is passed on, since its answer may be another one. Answers are shared, not copied; a load that is shared
 * goes by the deadline of the caller who began it. Throws INVALID_ARGUMENT for an operation that cannot be cached.
 */
export const cacheReads = <C>({ operations, reads, cache, ...loading }: CacheReadsOptions<C>): Layer<C> => {
  const cached = new Set<string>(reads)
  for (const name of reads) assertCacheable(name, Reflect.get(operations, name))

  const forget = (key: unknown): void => {
    if (typeof key === 'string') cache.deleteByTag(key)
    else cache.clear()
  }
  const write = async <T>(key: unknown, call: () => Promise<T>): Promise<T> => {
    forget(key)
    try {
      return await call()
    } finally {
      forget(key)
    }
  }
  const around: Around = {
    async unary({ effect, name, key = -1, options = -1 }, next, first, second, third) {
      const args = [first, second, third]
      const id = args[key]
      if (effect === 'write') return write(id, () => next(first, second, third))
      if (!cached.has(name) || typeof id !== 'string' || !isPlain(args, key, options)) return next(first, second, third)
      const callOptions = callOptionsOf(args[options])
      const load = async (_: string, context: { readonly signal: AbortSignal }): Promise<CachedRead> => {
        // The load may outlive the caller who began it, so it goes by a signal of its own.
        const passedOn = args.map((arg, index) =>
          index === options ? { ...callOptions, signal: context.signal } : arg,
        )
        return { answer: await next(passedOn[0], passedOn[1], passedOn[2]) }
      }
      const { signal } = callOptions
      const site = { source: 'cache', operation: name }
      throwIfAborted(signal, site)
      try {
        return (await cache.getOrLoad(`${name}\n${id}`, load, { ...loading, signal, tags: [id] })).answer
      } catch (error) {
        // Say that the caller's operation was cancelled, not the load behind it.
        throwIfAborted(signal, site)
        throw error
      }
    },
    callback({ effect, key = -1 }, next, first, second, third) {
      const call = (): Promise<unknown> => next(first, second, third)
      return effect === 'write' ? write([first, second, third][key], call) : call()
    },
    stream({ effect, key = -1 }, next, first, second, third) {
      const items = next(first, second, third)
      return effect === 'write' ? forgettingAround(items, () => forget([first, second, third][key])) : items
    },
  }
  return (inner) => intercept(inner, operations, around)
}

const assertCacheable = (name: string, operation: Operation | undefined): void => {
  if (operation?.kind === 'unary' && operation.effect === 'read' && operation.key !== undefined) return
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    source: 'cache',
    operation: 'cacheReads',
    message: `The answers of ${name} cannot be cached: it is not a read that answers once and names what it reads by a key.`,
    hint: 'Name operations whose entry in the operation table has kind unary, effect read and a key.',
  })
}

/** Whether the call says nothing but its key, a signal and a deadline. */
const isPlain = (args: readonly unknown[], key: number, options: number): boolean =>
  args.every((arg, index) => index === key || arg === undefined || (index === options && saysNoMore(arg)))

const saysNoMore = (options: unknown): boolean =>
  typeof options === 'object' &&
  options !== null &&
  Object.entries(options).every(([name, value]) => value === undefined || name === 'signal' || name === 'deadline')

const callOptionsOf = (options: unknown): CallOptions => {
  if (typeof options !== 'object' || options === null) return {}
  // The operation table says that this argument is a CallOptions.
  return options as CallOptions
}

const forgettingAround = async function* (items: AsyncIterable<unknown>, forget: () => void): AsyncGenerator<unknown> {
  forget()
  try {
    yield* items
  } finally {
    forget()
  }
}
