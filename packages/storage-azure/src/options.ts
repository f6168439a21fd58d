import { type Clock, type Logger, Secret } from '@holdfast/contracts'
import { namePrefixPattern } from '@holdfast/contracts/credentials'
import { z } from 'zod'
import { maxPrefixLength } from './secret-name.ts'

/** The least of `TokenCredential` of @azure/core-auth: every credential of @azure/identity is one. */
export interface AzureTokenCredential {
  getToken(
    scopes: string | string[],
    options?: object,
  ): Promise<{ token: string; expiresOnTimestamp: number; refreshAfterTimestamp?: number } | null>
}

const guid = z.guid('a GUID such as 00000000-0000-0000-0000-000000000000')

const isObjectWith =
  (...names: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function')

const secretText = z.custom<Secret<string> | string>(
  (value) => (typeof value === 'string' && value !== '') || Secret.is(value),
  'a Secret, or text that is not empty',
)

const credential = z.union(
  [
    z.custom<AzureTokenCredential>(isObjectWith('getToken'), 'a credential of @azure/identity'),
    z.discriminatedUnion('type', [
      /** The identity of the virtual machine, container or function; `clientId` for one that is assigned by the user. */
      z.strictObject({ type: z.literal('managed-identity'), clientId: guid.optional() }),
      /** An application with a secret, or with a certificate in a PEM file. */
      z.strictObject({
        type: z.literal('service-principal'),
        tenantId: guid,
        clientId: guid,
        clientSecret: secretText.optional(),
        certificatePath: z.string().min(1).optional(),
      }),
      /** A federated token file, as Kubernetes mounts it: AKS workload identity. */
      z.strictObject({
        type: z.literal('workload-identity'),
        tenantId: guid.optional(),
        clientId: guid.optional(),
        tokenFilePath: z.string().min(1).optional(),
      }),
      /** Whoever is logged in: Azure CLI, Azure Developer CLI, Azure PowerShell, in this order. */
      z.strictObject({ type: z.literal('developer-tools') }),
      /** Whatever there is, as `DefaultAzureCredential` looks for it. */
      z.strictObject({ type: z.literal('default') }),
    ]),
  ],
  'a credential of @azure/identity, or { type } with managed-identity, service-principal, workload-identity, developer-tools or default',
)

/** The options of `createAzureStorage`; `config` makes the editors' JSON Schema from it. */
export const azureStorageOptionsSchema = z.strictObject({
  /** The vault: `https://my-vault.vault.azure.net`. Only HTTPS, without a path. */
  vaultUrl: z
    .string('an https URL such as https://my-vault.vault.azure.net')
    .refine(isVaultUrl, 'an https URL such as https://my-vault.vault.azure.net, without path, query or credentials'),
  /** Who is asking. Default: `{ type: 'default' }`. */
  credential: credential
    .refine(
      (given) =>
        !('type' in given) ||
        given.type !== 'service-principal' ||
        (given.clientSecret === undefined) !== (given.certificatePath === undefined),
      'either clientSecret or certificatePath',
    )
    .prefault({ type: 'default' }),
  /** Stands in front of every name, so that several stores share a vault: lower-case letters, digits and single hyphens, up to 58. Default: none. */
  prefix: z
    .string()
    .max(maxPrefixLength, `at most ${maxPrefixLength} characters`)
    .refine((prefix) => prefix === '' || namePrefixPattern.test(prefix), {
      error: 'lower-case letters and digits in parts joined by single hyphens, none of them p alone',
    })
    .default(''),
  /** Set on every secret beside the credential's own, as far as there is room (15 in all). Default: none. */
  defaultTags: z
    .record(z.string().min(1).max(256), z.string().max(256))
    .refine((tags) => Object.keys(tags).length <= 10, 'at most 10 tags, to leave room for the metadata')
    .default({}),
  /** A PEM file of certificate authorities, for a vault behind a proxy of your own. Default: those of Node. */
  caFile: z.string().min(1).optional(),
  /** Whether tokens may be sent to a host that is no vault of Azure: only for emulators. Default false. */
  allowAnyHost: z.boolean().default(false),
  /** From the end of one poll of a watch to the next, in milliseconds: 100 to 3,600,000, ±20 %. Default 30,000. */
  watchIntervalMs: z.int().min(100).max(3_600_000).default(30_000),
  /** How long to wait for a deletion, recovery or purge to be seen, in milliseconds. Default 60,000: the service takes seconds. */
  settleTimeoutMs: z.int().min(0).max(600_000).default(60_000),
  logger: z.custom<Logger>(isObjectWith('debug', 'info', 'warn', 'error'), 'a logger').optional(),
  /** Default: the system's. */
  clock: z.custom<Clock>(isObjectWith('wallNow', 'monotonicNow', 'setTimer'), 'a clock').optional(),
})

/** Options of `createAzureStorage`. */
export type AzureStorageOptions = z.input<typeof azureStorageOptionsSchema>

/** They after they were checked. */
export type CheckedAzureStorageOptions = z.output<typeof azureStorageOptionsSchema>

function isVaultUrl(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    url.protocol === 'https:' &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  )
}
