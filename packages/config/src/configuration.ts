import { scopeProblem } from '@holdfast/contracts'
import { z } from 'zod'
import { telemetrySchema } from './compose-metrics.ts'
import { resilienceSchema } from './compose-resilience.ts'
import type { StorageProviders } from './load-provider.ts'
import type { StoreConfiguration } from './parse-store-url.ts'

const hasText = (what: string) => z.string(what).min(1, what)

const storeText =
  'a store URL such as file:./secrets, or an object such as { provider: "local", directory: "./secrets" }'

/** Checks a configuration except for the options of the store's provider, which that provider checks. */
export const configurationSchema = z.strictObject(
  {
    /** Where editors find the JSON Schema; ignored. */
    $schema: z.string().optional(),
    /** Where the credentials are: a URL, or a provider with its options. The one line to change for another backend. */
    store: z.union([z.string().min(1), z.looseObject({ provider: z.string().min(1) })], storeText),
    /** What opens the vault. Several are tried in this order. None: only `sealing: 'backend'` works. */
    keyring: z
      .strictObject(
        {
          /** A file of 32 random bytes, made by `holdfast init`: relative to the configuration file. */
          keyFile: hasText('the path of a key file').optional(),
          /** Name of the environment variable that holds the passphrase. */
          passphraseVariable: hasText('the name of an environment variable').optional(),
          /** Name of the environment variable that holds 32 bytes in base64. */
          keyVariable: hasText('the name of an environment variable').optional(),
        },
        'an object with keyFile, passphraseVariable or keyVariable',
      )
      .refine(
        (keyring) => Object.values(keyring).some((value) => value !== undefined),
        'at least one of keyFile, passphraseVariable and keyVariable',
      )
      .optional(),
    /** A directory away from the store that remembers the newest state, so that a store restored from an older copy is found: relative to the configuration file. Default: none. */
    anchorDirectory: hasText('the path of a directory').optional(),
    /** `envelope` seals every value before the backend sees it; `backend` stores it readable. Default `envelope`. */
    sealing: z.enum(['envelope', 'backend'], 'envelope or backend').optional(),
    /** Binds the manager to this scope and what lies below. */
    scope: z
      .string('a scope such as org:acme/team:billing')
      .refine((scope) => scopeProblem(scope) === undefined, 'a scope such as org:acme/team:billing')
      .optional(),
    /** Keeps opened credentials in this process. Default: no cache. */
    cache: z
      .strictObject(
        {
          /** How many credentials are kept. Default 1000. */
          capacity: z.int('a whole number from 1').min(1, 'a whole number from 1').default(1000),
          /** How long one is used without asking the store, in milliseconds. Default: the manager's. */
          ttlMs: z.number('milliseconds, more than 0').positive('milliseconds, more than 0').optional(),
          /** For this long after that it is still answered at once, while it is read anew behind the scenes. Default 0. */
          staleWhileRevalidateMs: z.number('milliseconds from 0').min(0, 'milliseconds from 0').optional(),
          /** For this long after that it is answered when the store cannot be reached. Default 0. */
          staleIfErrorMs: z.number('milliseconds from 0').min(0, 'milliseconds from 0').optional(),
          /** How long it is remembered that there is no such credential. Default 0. */
          notFoundTtlMs: z.number('milliseconds from 0').min(0, 'milliseconds from 0').optional(),
        },
        'an object with capacity, ttlMs, staleWhileRevalidateMs, staleIfErrorMs and notFoundTtlMs',
      )
      .optional(),
    /** Retries and deadlines of the store. Default: around aws, azure, vault and k8s. */
    resilience: resilienceSchema.optional(),
    /** How the store is measured, when the program that opens it gives `metrics`. */
    telemetry: telemetrySchema.optional(),
    /** How many credentials of a batch are worked on at the same time. Default 16. */
    batchConcurrency: z
      .int('a whole number from 1 to 1000')
      .min(1, 'a whole number from 1 to 1000')
      .max(1000, 'a whole number from 1 to 1000')
      .optional(),
    /** What `store` does when the id is taken. Default `overwrite`. */
    onDuplicate: z.enum(['overwrite', 'refuse'], 'overwrite or refuse').optional(),
    /** Makes `retrieve` refuse credentials that have expired. Default false. */
    refuseExpired: z.boolean('true or false').optional(),
    /** Providers of your own by name, each a function that imports its module: only in a configuration that is code. */
    providers: z
      .record(
        z.string(),
        z.custom<StorageProviders[string]>(
          (value) => typeof value === 'function',
          'a function such as () => import("acme-storage")',
        ),
        'an object of functions that import a provider',
      )
      .optional(),
  },
  'an object with at least a store',
)

/** Everything that a configuration file can say. */
export interface Configuration extends Omit<z.input<typeof configurationSchema>, 'store' | 'providers'> {
  readonly store: string | StoreConfiguration
  readonly providers?: StorageProviders | undefined
}
