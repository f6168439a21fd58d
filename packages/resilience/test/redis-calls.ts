import { HoldfastError } from '@holdfast/contracts'
import { Redis } from 'ioredis'
import type { Attempt } from '../src/index.ts'

/** A client whose own retries, queue and reconnects are off: what a driver gives to a retry that is a layer. */
const connectRedis = async (url: string): Promise<Redis> => {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  // The calls say what has failed.
  redis.on('error', () => {})
  try {
    await redis.connect()
  } catch (error) {
    redis.disconnect()
    throw unavailable(error)
  }
  return redis
}

const unavailable = (cause: unknown): HoldfastError =>
  new HoldfastError({
    code: 'UNAVAILABLE',
    source: 'test',
    operation: 'get',
    message: 'Redis did not answer.',
    hint: 'Ask again.',
    cause,
  })

/** Work that asks for a key on a connection of its own, given up with the attempt. */
export const askOnNewConnection =
  (url: string, key: string) =>
  async ({ signal }: Pick<Attempt, 'signal'>): Promise<string | null> => {
    const redis = await connectRedis(url)
    const giveUp = (): void => redis.disconnect()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      return await redis.get(key)
    } catch (error) {
      throw unavailable(error)
    } finally {
      signal.removeEventListener('abort', giveUp)
      redis.disconnect()
    }
  }

/** A connection that is kept. Its work does not hear of cancellations, as that of many clients. */
export interface KeptConnection {
  ask(key: string): () => Promise<string | null>
  set(key: string, value: string): Promise<unknown>
  disconnect(): void
}

/** Opens a {@link KeptConnection}. */
export const openConnection = async (url: string): Promise<KeptConnection> => {
  const redis = await connectRedis(url)
  return {
    ask: (key) => async () => {
      try {
        return await redis.get(key)
      } catch (error) {
        throw unavailable(error)
      }
    },
    set: (key, value) => redis.set(key, value),
    disconnect: () => redis.disconnect(),
  }
}
