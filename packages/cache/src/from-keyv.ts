import {
  abortable,
  type CallOptions,
  type Clock,
  createCloser,
  HoldfastError,
  systemClock,
  throwIfAborted,
  toTimestamp,
} from '@holdfast/contracts'
import type { CacheStore } from '@holdfast/contracts/cache'
import { assertValue } from './entry-options.ts'
import type { KeyvLike } from './keyv-like.ts'

/** Options of `fromKeyv`. */
export interface FromKeyvOptions {
  /** Names the store in events and errors. Default `keyv`. */
  readonly name?: string | undefined
  readonly clock?: Clock | undefined
}

/**
 * A Keyv as a `CacheStore`: any of its many backends behind the contract. Keyv has no tags, counters or compare-and-set,
 * so none is claimed. Tell Keyv to throw what its backend throws (`keyv.throwOnErrors = true` in version 6): it is then
 * UNAVAILABLE here, while otherwise Keyv takes a failing backend for an empty one. The Keyv stays its owner's to close.
 */
export const fromKeyv = <V = unknown>(keyv: KeyvLike, options: FromKeyvOptions = {}): CacheStore<V> => {
  const { name = 'keyv', clock = systemClock } = options
  const closer = createCloser({ source: 'cache', clock })
  const perform = <T>(operation: string, callOptions: CallOptions | undefined, work: () => Promise<T>): Promise<T> =>
    closer.run(operation, async () => {
      const site = { source: 'cache', operation }
      throwIfAborted(callOptions?.signal, site)
      return abortable(reported(operation, name, work), callOptions?.signal, site)
    })

  return {
    name,
    capabilities: { tags: false, counters: false, compareAndSet: false, invalidation: false },
    get: (key, callOptions) =>
      perform('get', callOptions, async () => {
        const value = await keyv.get(escapedKey(key))
        // What is there was put there by set, of the same V.
        return value === undefined ? undefined : { value: value as V }
      }),
    set: (key, value, setOptions = {}) =>
      perform('set', setOptions, async () => {
        assertValue(value)
        if (setOptions.tags !== undefined && setOptions.tags.length > 0) throw tagsUnsupported(name)
        const { ttlMs = Number.POSITIVE_INFINITY } = setOptions
        if (ttlMs <= 0) await keyv.delete(escapedKey(key))
        else await keyv.set(escapedKey(key), value, ttlMs === Number.POSITIVE_INFINITY ? undefined : ttlMs)
      }),
    delete: (key, callOptions) => perform('delete', callOptions, () => keyv.delete(escapedKey(key))),
    clear: (callOptions) => perform('clear', callOptions, () => keyv.clear()),
    health: (callOptions) =>
      perform('health', callOptions, async () => {
        const startedAt = clock.monotonicNow()
        const problem = await keyv.get('holdfast:health').then(
          () => undefined,
          () => 'a read failed',
        )
        const latencyMs = clock.monotonicNow() - startedAt
        const checkedAt = toTimestamp(clock.wallNow())
        return problem === undefined
          ? { status: 'up', latencyMs, checkedAt }
          : { status: 'down', reason: problem, latencyMs, checkedAt }
      }),
    close: (closeOptions) => closer.close(closeOptions),
    [Symbol.asyncDispose]: () => closer.close(),
  }
}

/** Keyv takes an empty key for none, so every key gets a character of its own. */
const escapedKey = (key: string): string => (key === '' || key.startsWith('~') ? `~${key}` : key)

const reported = async <T>(operation: string, name: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (HoldfastError.is(error)) throw error
    throw new HoldfastError({
      code: 'UNAVAILABLE',
      source: 'cache',
      operation,
      message: `${operation} failed in the Keyv store ${name}.`,
      hint: 'Look at the cause and at the backend of that Keyv.',
      cause: error,
    })
  }
}

const tagsUnsupported = (name: string): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source: 'cache',
    operation: 'set',
    message: `The store ${name} was given tags, which Keyv does not have.`,
    hint: 'Check store.capabilities.tags before passing tags, or choose a store that has them.',
  })
