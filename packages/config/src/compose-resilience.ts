import type { Logger } from '@holdfast/contracts'
import { type AnyCredentialStorage, credentialStorageOperations } from '@holdfast/contracts/credentials'
import type { Standard } from '@holdfast/resilience'
import { z } from 'zod'
import { importPeer } from './import-peer.ts'

const wholeNumber = (from: number, to: number): z.ZodInt => {
  const allowed = `a whole number from ${from} to ${to}`
  return z.int(allowed).min(from, allowed).max(to, allowed)
}

/** How calls of the store are retried and given up; `false` for not at all. */
export const resilienceSchema = z.union(
  [
    z.literal(false),
    z.strictObject({
      /** How long a call may take with all its retries, in milliseconds. Default 5000. */
      timeoutMs: wholeNumber(1000, 60_000).optional(),
      /** Whether the deadline of the surrounding context (`withDeadline` of `@holdfast/contracts/context`) is kept too. Default false. */
      propagate: z.boolean('true or false').optional(),
      retry: z
        .strictObject({
          /** Retries after the first attempt. Default 5. */
          retries: wholeNumber(0, 10).optional(),
          /** Delay before the first retry in milliseconds, less than `maxDelayMs`. Default 100. */
          baseDelayMs: wholeNumber(1, 60_000).optional(),
          /** What each delay is multiplied by for the next one. Default 2. */
          multiplier: z.number().min(1).max(10).optional(),
          /** Longest delay in milliseconds. Default 30,000. */
          maxDelayMs: wholeNumber(1, 600_000).optional(),
          /** How delays are spread. Default `proportional`: ±25 %. */
          jitter: z.enum(['proportional', 'full', 'none'], 'proportional, full or none').optional(),
        })
        // The defaults of `standard`, against which one of the two may stand alone.
        .refine(({ baseDelayMs = 100, maxDelayMs = 30_000 }) => baseDelayMs < maxDelayMs, {
          path: ['baseDelayMs'],
          error: 'less than maxDelayMs',
        })
        .optional(),
    }),
  ],
  'false, or an object with timeoutMs, propagate and retry',
)

/** What a configuration can say about it. */
export type ResilienceConfiguration = z.input<typeof resilienceSchema>

/** Stores across a network, which fail for a moment now and then: for them the stack is there unless it is refused. */
const remoteProviders: ReadonlySet<string> = new Set(['aws', 'azure', 'vault', 'k8s'])

/** A storage, and what its policy tells of retries and of the circuit: absent when there is none. */
export interface ResilientStorage {
  readonly storage: AnyCredentialStorage
  readonly events?: Pick<Standard, 'attempts' | 'circuits'>
}

/**
 * Puts the recommended stack around a storage: a deadline, around retries, around a circuit breaker (`standard` of
 * `@holdfast/resilience`). By default around the remote ones; a local disk or memory gets it only when it is asked for, because
 * there it would only hide what is wrong. Errors: UNSUPPORTED with PROVIDER_NOT_INSTALLED; what `standard` says of the options.
 */
export const composeResilience = async (
  storage: AnyCredentialStorage,
  providerName: string,
  wanted: ResilienceConfiguration | undefined,
  logger: Logger | undefined,
): Promise<ResilientStorage> => {
  if (wanted === false || (wanted === undefined && !remoteProviders.has(providerName))) return { storage }
  const { standard } = await importPeer('@holdfast/resilience', () => import('@holdfast/resilience'), {
    operation: 'openStorage',
    needs: 'A remote store is retried by',
    orElse: ', or set resilience to false to do without',
  })
  const { timeoutMs, propagate, retry } = wanted ?? {}
  const policy = standard({
    timeoutMs,
    propagate,
    ...(retry === undefined ? {} : { retry: withoutUndefined(retry) }),
    ...(logger === undefined ? {} : { logger }),
  })
  return { storage: policy.layer(credentialStorageOperations)(storage), events: policy }
}

type Given<T> = { readonly [K in keyof T]?: NonNullable<T[K]> }

const withoutUndefined = <T extends object>(options: T): Given<T> =>
  // Only entries that are undefined are left out.
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>
