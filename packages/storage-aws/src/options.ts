import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Clock, Logger } from '@holdfast/contracts'
import { z } from 'zod'
import { endpointRule, isEndpoint } from './endpoint.ts'
import { maxPrefixLength } from './secret-name.ts'
import { tagProblem } from './secret-tags.ts'
import type { WriteLimiter } from './write-limiter.ts'

/** What names of secrets begin with unless `prefix` says otherwise, so that nobody else's secrets are seen or touched. */
export const defaultPrefix = 'holdfast'

/** How long a deleted secret can be recovered unless `recoveryWindowDays` says otherwise, in days: the default of AWS. */
export const defaultRecoveryWindowDays = 30

/** How often `watch` asks unless `watchIntervalMs` says otherwise, in milliseconds. */
export const defaultWatchIntervalMs = 30_000

const hasMethods =
  (...names: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function')

const wholeNumber = (from: number, to: number): z.ZodInt => {
  const allowed = `a whole number from ${from} to ${to}`
  return z.int(allowed).min(from, allowed).max(to, allowed)
}

const region = 'the name of a region, such as eu-central-1'
const prefix = `up to ${maxPrefixLength} letters, digits and / _ + . @ -, without a slash at either end or two in a row`
const kmsKeyId = 'the id, ARN or alias of a KMS key'
const defaultTags = 'up to 50 tags with keys of 1 to 128 and values of up to 256 characters that AWS takes'
const recoveryWindow = '0 (deleted for good at once), or a whole number from 7 to 30'

/** The options of `createAwsStorage`; `config` makes the editors' JSON Schema from it. */
export const awsStorageOptionsSchema = z
  .strictObject({
    /** Default: what the AWS SDK finds, in AWS_REGION or in the profile. */
    region: z
      .string(region)
      .regex(/^[a-z0-9-]{1,63}$/, region)
      .optional(),
    /** Names of secrets are this, a slash and the id: storages with different prefixes see nothing of each other. `''`: names are ids. Default `holdfast`. */
    prefix: z
      .string(prefix)
      .max(maxPrefixLength, prefix)
      .regex(/^(?:[A-Za-z0-9_+.@-]+(?:\/[A-Za-z0-9_+.@-]+)*)?$/, prefix)
      .default(defaultPrefix),
    /** The KMS key that new secrets are encrypted with. Default: `aws/secretsmanager`, which AWS manages. */
    kmsKeyId: z
      .string(kmsKeyId)
      .regex(/^[A-Za-z0-9:/_-]{1,2048}$/, kmsKeyId)
      .optional(),
    /** Tags that every new secret gets besides those of its record. Default: none. */
    defaultTags: z
      .record(z.string(), z.string(defaultTags), defaultTags)
      .refine((tags) => Object.keys(tags).length <= 50, defaultTags)
      .refine((tags) => Object.entries(tags).every(([key, value]) => tagProblem(key, value) === undefined), defaultTags)
      .default({}),
    /** How many days a deleted credential can be recovered and keeps its name: 7 to 30, or 0: deleted for good at once. Default 30. */
    recoveryWindowDays: z
      .int(recoveryWindow)
      .refine((days) => days === 0 || (days >= 7 && days <= 30), recoveryWindow)
      .default(defaultRecoveryWindowDays),
    /** Writes for each second: 1 to 10,000. Default 50, what AWS takes from an account in a region. */
    writesPerSecond: wholeNumber(1, 10_000).optional(),
    /** Shared by the storages of one account and region; instead of `writesPerSecond`. Default: a limiter of its own. */
    writeLimiter: z.custom<WriteLimiter>(hasMethods('take'), 'what createWriteLimiter() returns').optional(),
    /** How often `watch` asks what has changed, in milliseconds, give or take a fifth: 100 to 3,600,000. Default 30,000. */
    watchIntervalMs: wholeNumber(100, 3_600_000).default(defaultWatchIntervalMs),
    /** Where Secrets Manager is, for a VPC endpoint or an emulator. Default: the endpoint of the region. */
    endpoint: z.string(endpointRule).refine(isEndpoint, endpointRule).optional(),
    /** A client of your own, with credentials, proxy and time limits as you like; switch its retries off (`maxAttempts: 1`). It stays yours to destroy. Default: one that finds its credentials as the AWS SDK does. */
    client: z.custom<SecretsManagerClient>(hasMethods('send'), 'a SecretsManagerClient').optional(),
    /** Told of tags that AWS does not take and of secrets that cannot be read. Default: silent. */
    logger: z.custom<Logger>(hasMethods('debug', 'info', 'warn', 'error'), 'a logger').optional(),
    /** Default: the system's. */
    clock: z.custom<Clock>(hasMethods('wallNow', 'monotonicNow', 'setTimer'), 'a clock').optional(),
  })
  .superRefine((options, context) => {
    const exclude = (name: 'region' | 'endpoint' | 'writesPerSecond', other: string): void => {
      if (options[name] === undefined) return
      context.addIssue({ code: 'custom', path: [name], message: `nothing, because ${other} decides it` })
    }
    if (options.client !== undefined) {
      exclude('region', 'client')
      exclude('endpoint', 'client')
    }
    if (options.writeLimiter !== undefined) exclude('writesPerSecond', 'writeLimiter')
  })

/** Options of `createAwsStorage`. */
export type AwsStorageOptions = z.input<typeof awsStorageOptionsSchema>

/** The options with their defaults. */
export type ParsedAwsStorageOptions = z.output<typeof awsStorageOptionsSchema>
