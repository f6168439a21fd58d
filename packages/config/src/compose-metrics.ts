import { type Closeable, intercept, type Metrics, type Operations } from '@holdfast/contracts'
import { type AnyCredentialStorage, credentialStorageOperations } from '@holdfast/contracts/credentials'
import { z } from 'zod'
import type { ResilientStorage } from './compose-resilience.ts'
import { importPeer } from './import-peer.ts'

const tenants = 'a whole number from 0 to 10000'
const bounds = 'seconds, each more than the one before'

/** How the store is measured, where the program gives a registry. */
export const telemetrySchema = z.strictObject(
  {
    /** How many tenants get a label of their own; each multiplies the series. Default 0: no label. */
    maxTenants: z.int(tenants).min(0, tenants).max(10_000, tenants).optional(),
    /** Upper bounds in seconds of the buckets of latencies, the same for everything that a registry measures. Default: 1 ms to 10 s. */
    buckets: z
      .array(z.number(bounds).positive(bounds), bounds)
      .min(1, bounds)
      .max(100, 'at most 100 bounds')
      .refine((values) => values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0)), bounds)
      .optional(),
  },
  'an object with maxTenants and buckets',
)

/** What a configuration can say about it. */
export type TelemetryConfiguration = z.input<typeof telemetrySchema>

/**
 * Puts the metrics layer of `@holdfast/telemetry` around a storage and its resilience, so that a call with all its retries is
 * measured as one, and shows the retries and the circuit beside it. What is registered ends when the storage is closed.
 * Errors: UNSUPPORTED with PROVIDER_NOT_INSTALLED; what the registry says of other metrics with these names.
 */
export const composeMetrics = async (
  { storage, events }: ResilientStorage,
  registry: Metrics | undefined,
  wanted: TelemetryConfiguration = {},
): Promise<AnyCredentialStorage> => {
  if (registry === undefined) return storage
  const { metrics, observeCircuits } = await importPeer('@holdfast/telemetry', () => import('@holdfast/telemetry'), {
    operation: 'openStorage',
    needs: 'A store is measured by',
    orElse: ', or leave out metrics to do without',
  })
  const measured = metrics({ registry, ...wanted })
  const endings = [() => measured.end()]
  const layered = measured.layer(credentialStorageOperations)(storage)
  if (events !== undefined) {
    measured.follow(events.attempts)
    endings.push(observeCircuits(registry, storage.name, events.circuits))
  }
  return afterClose(layered, () => {
    for (const end of endings.splice(0)) end()
  })
}

const closing: Operations<Closeable> = {
  close: { kind: 'unary', effect: 'write', idempotent: true },
  [Symbol.asyncDispose]: { kind: 'unary', effect: 'write', idempotent: true },
}

/** The same, with something that is done when it has been closed. */
const afterClose = (storage: AnyCredentialStorage, done: () => void): AnyCredentialStorage => {
  // A second close answers with the promise of the first.
  let closed: Promise<unknown> | undefined
  return intercept<Closeable, AnyCredentialStorage>(storage, closing, {
    unary: (_call, next, first) => {
      closed ??= next(first).finally(done)
      return closed
    },
  })
}
