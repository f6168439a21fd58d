import type { Clock } from '@holdfast/contracts'
import { z } from 'zod'
import { isMemoryData, type MemoryData } from './memory-data.ts'

/** How many versions of a credential are kept unless `keepVersions` says otherwise: as many as Vault KV v2 keeps (https://developer.hashicorp.com/vault/docs/secrets/kv/kv-v2). */
export const defaultKeepVersions = 10

/** Longest value in bytes unless `limits` says otherwise: 2 MiB, so that 1 MiB (the most Vault, Kubernetes and most others take) fits with its seal. */
export const defaultMaxValueBytes = 2 * 1024 * 1024

/** Most tags unless `limits` says otherwise: what AWS Secrets Manager takes (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). */
export const defaultMaxTags = 50

/** The largest delay that a timer of the platform takes in milliseconds (HTML standard, signed 32 bit). */
const maxLatencyMs = 2 ** 31 - 1

const wholeNumber = (from: number, to: number): z.ZodInt => {
  const allowed = `a whole number from ${from} to ${to}`
  return z.int(allowed).min(from, allowed).max(to, allowed)
}

const isClock = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  ['wallNow', 'monotonicNow', 'setTimer'].every((name) => typeof Reflect.get(value, name) === 'function')

const capability = z.enum(
  ['compareAndSet', 'versions', 'recover', 'watch'],
  'one of compareAndSet, versions, recover, watch',
)

/** The options of `createMemoryStorage`; `config` makes the editors' JSON Schema from it. */
export const memoryStorageOptionsSchema = z.strictObject({
  /** What the storage keeps its credentials in. Give two storages the same to have them behave as two processes on one backend. Default: its own. */
  data: z.custom<MemoryData>(isMemoryData, 'what createMemoryData() returns').optional(),
  /** How many versions of each credential are kept, the current one included: 1 to 1000. Default 10. */
  keepVersions: wholeNumber(1, 1000).default(defaultKeepVersions),
  /** How long each call takes before it has its effect, in milliseconds on `clock`: 0 to 2^31 - 1. Default 0. */
  latencyMs: wholeNumber(0, maxLatencyMs).default(0),
  /** Capabilities to do without, as a simpler backend does: what they allow is refused with UNSUPPORTED, and without `recover` a delete is final. Default: none. */
  without: z.array(capability, 'an array of capabilities').readonly().default([]),
  /** What a record may have at most. Defaults: 2 MiB (2,097,152 bytes) of value, 50 tags, 512 bytes of id. */
  limits: z
    .strictObject({
      maxValueBytes: wholeNumber(0, 2 ** 30).default(defaultMaxValueBytes),
      maxTags: wholeNumber(0, 10_000).default(defaultMaxTags),
      maxIdLength: wholeNumber(1, 512).default(512),
    })
    .prefault({}),
  /** Default: the system's. */
  clock: z.custom<Clock>(isClock, 'a clock').optional(),
})

/** Options of `createMemoryStorage`. */
export type MemoryStorageOptions = z.input<typeof memoryStorageOptionsSchema>
