import { type Clock, type Logger, type Metrics, Secret } from '@holdfast/contracts'
import { z } from 'zod'

/** How often the lifetime of the token is looked at unless `renewal.checkIntervalMs` says otherwise: 5 minutes (specification 001, T035). */
export const defaultCheckIntervalMs = 300_000

/** Below which rest of its life a token is renewed unless `renewal.renewBelowMs` says otherwise: 1 hour (specification 001, T035). */
export const defaultRenewBelowMs = 3_600_000

/** Where Kubernetes puts the token of a pod's service account (https://kubernetes.io/docs/concepts/security/service-accounts/). */
export const defaultServiceAccountTokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Largest entry of the integrated storage in bytes (`max_entry_size`, https://developer.hashicorp.com/vault/docs/configuration/storage/raft). With Consul it is 524,288. */
export const defaultMaxEntryBytes = 1_048_576

const maxTimerMs = 2 ** 31 - 1

const hasMethods =
  (...names: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function')

/** Not aborting, so that the rules about several options are looked at as well. */
const custom = <T>(test: (value: unknown) => boolean, allowed: string): z.ZodCustom<T, T> =>
  z.custom<T>(test, { message: allowed, abort: false })

const text = (allowed: string, length = 512): z.ZodString => z.string(allowed).min(1, allowed).max(length, allowed)

/** Not `z.int`, whose refusal of a fraction ends the check of everything else. */
const wholeNumber = (unit: string, from: number, to: number): z.ZodNumber => {
  const allowed = `a whole number of ${unit} from ${from} to ${to}`
  return z.number(allowed).multipleOf(1, allowed).min(from, allowed).max(to, allowed)
}

/** What a header can carry. */
const isToken = (value: unknown): boolean => typeof value === 'string' && /^[\x21-\x7e]{1,8192}$/.test(value)
/** What a file of secrets can hold. */
const isSecretText = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= 8192

const secret = (holds: (value: unknown) => boolean, allowed: string): z.ZodCustom<string | Secret, string | Secret> =>
  custom<string | Secret>((value) => holds(Secret.is(value) ? value.reveal() : value), allowed)

const pathAllowed =
  'path segments of letters, digits, "_", "-" and single dots, with "/" between them and none at the ends'
/** A path that URLs and policies leave as it is. */
export const vaultPath = z
  .string(pathAllowed)
  .max(256, pathAllowed)
  .regex(/^(?:[\w-]+(?:\.[\w-]+)*\.?(?:\/(?!$)|$))+$/, pathAllowed)

const isAddress = (value: string): boolean => {
  const url = URL.parse(value)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false
  return url.username === '' && url.password === '' && url.search === '' && url.hash === ''
}

/** Whether a plain-text address leads nowhere but to this machine. */
const isLoopback = (value: string): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(URL.parse(value)?.hostname ?? '')

/** How this process proves who it is. */
export const vaultAuthSchema = z.discriminatedUnion(
  'method',
  [
    z.strictObject({
      method: z.literal('token'),
      /** The token, which is renewed but cannot be replaced. */
      token: secret(isToken, 'a token: visible ASCII characters'),
    }),
    z.strictObject({
      method: z.literal('token-file'),
      /** A file that something else keeps a valid token in (Vault Agent); it is read again when the token is refused. */
      tokenFile: text('the path of a file', 4096),
    }),
    z
      .strictObject({
        method: z.literal('approle'),
        roleId: text('text of 1 to 512 characters'),
        /** The secret id; one of the two, or neither for a role with bind_secret_id=false. */
        secretId: secret(isSecretText, 'text that is not empty').optional(),
        /** A file that holds it, read at every log-in. */
        secretIdFile: text('the path of a file', 4096).optional(),
        /** Where the auth method is mounted. Default `approle`. */
        mount: vaultPath.default('approle'),
      })
      .refine(({ secretId, secretIdFile }) => secretId === undefined || secretIdFile === undefined, {
        path: ['secretIdFile'],
        message: 'nothing where secretId is given',
      }),
    z.strictObject({
      method: z.literal('kubernetes'),
      role: text('text of 1 to 512 characters'),
      /** The token of the service account, read at every log-in. Default: where Kubernetes puts it. */
      tokenFile: text('the path of a file', 4096).default(defaultServiceAccountTokenFile),
      /** Where the auth method is mounted. Default `kubernetes`. */
      mount: vaultPath.default('kubernetes'),
    }),
  ],
  'one of the methods token, token-file, approle, kubernetes; or VAULT_TOKEN in the environment',
)

/** How this process proves who it is. */
export type VaultAuthOptions = z.input<typeof vaultAuthSchema>

/** The options by which every part of this package reaches a server. */
export const vaultConnectionShape = {
  /** `https://vault.example.com:8200`. Environment: BAO_ADDR or VAULT_ADDR. */
  address: z
    .string('the URL of the server (or set VAULT_ADDR): https://host:port')
    .max(2048, 'a URL of at most 2048 characters')
    .refine(isAddress, 'an https: URL without user, query and fragment'),
  /** Allows an address with http: beyond this machine, where tokens and values travel readable. Default false. */
  allowHttp: z.boolean('true or false').default(false),
  auth: vaultAuthSchema,
  /** Default: the root namespace. Environment: VAULT_NAMESPACE. */
  namespace: z
    .string('the path of a namespace')
    .regex(/^[\x21-\x7e]{1,512}$/, 'the path of a namespace')
    .optional(),
  /** Certificates of authorities in PEM that are trusted instead of those Node knows. */
  ca: z
    .string('certificates in PEM')
    .max(1_000_000, 'at most a million characters of certificates in PEM')
    .refine((text) => text.includes('-----BEGIN CERTIFICATE-----'), 'certificates in PEM')
    .optional(),
  /** A file that holds them, read once. Environment: VAULT_CACERT. */
  caFile: text('the path of a file with certificates in PEM', 4096).optional(),
  /** The name in the server's certificate, where it is not that of the address. Environment: VAULT_TLS_SERVER_NAME. */
  serverName: text('the name of a host', 253).optional(),
  /** Does not look at the server's certificate at all: for development only. Default false. Environment: VAULT_SKIP_VERIFY. */
  acceptAnyCertificate: z.boolean('true or false').default(false),
  /** When tokens are renewed. */
  renewal: z
    .strictObject({
      /** How often the token's lifetime is looked at, in milliseconds; sooner when less than twice that is left of it. Default 300,000. */
      checkIntervalMs: wholeNumber('milliseconds', 10, maxTimerMs).default(defaultCheckIntervalMs),
      /** It is renewed when less than this is left of its life, in milliseconds. Default 3,600,000. */
      renewBelowMs: wholeNumber('milliseconds', 0, maxTimerMs).default(defaultRenewBelowMs),
    })
    .prefault({}),
  /** Told of log-ins, renewals and their failures. Default: silent. */
  logger: custom<Logger>(hasMethods('debug', 'info', 'warn', 'error'), 'a logger').optional(),
  /** Counts them: `holdfast_vault_logins_total`, `holdfast_vault_token_renewals_total`. Default: not counted. */
  metrics: custom<Metrics>(
    hasMethods('counter', 'gauge', 'histogram', 'observe'),
    'what metrics are registered with',
  ).optional(),
  /** Where options that are left out are looked up. Default: the environment of the process; `{}` for nowhere. */
  environment: custom<Readonly<Record<string, string | undefined>>>(
    (value) => typeof value === 'object' && value !== null,
    'an object of environment variables',
  ).optional(),
  /** Default: the system's. */
  clock: custom<Clock>(hasMethods('wallNow', 'monotonicNow', 'setTimer'), 'a clock').optional(),
}

/** Adds the rules that concern several options, which are looked at even when others are wrong. */
export const withConnectionRules = <T extends z.ZodObject>(schema: T): T =>
  schema
    .refine((value) => !holds(value, 'address', isPlainRemote) || Reflect.get(Object(value), 'allowHttp') === true, {
      path: ['address'],
      message: 'an https: URL; with http: tokens and values travel readable, which allowHttp: true allows',
      when: () => true,
    })
    .refine((value) => !holds(value, 'ca', isGiven) || !holds(value, 'caFile', isGiven), {
      path: ['caFile'],
      message: 'nothing where ca is given',
      when: () => true,
    })

const isPlainRemote = (value: unknown): boolean =>
  typeof value === 'string' && isAddress(value) && value.startsWith('http:') && !isLoopback(value)
const isGiven = (value: unknown): boolean => value !== undefined
const holds = (value: unknown, name: string, test: (inner: unknown) => boolean): boolean =>
  typeof value === 'object' && value !== null && test(Reflect.get(value, name))

/** What the transit key provider and the database credentials take beside their own options. */
export const vaultConnectionSchema = withConnectionRules(z.strictObject(vaultConnectionShape))

/** How a server is reached; what the environment says is used for what is left out. */
export type VaultConnectionOptions = Partial<z.input<typeof vaultConnectionSchema>>

/** The options of `createVaultStorage`; `config` makes the editors' JSON Schema from it. */
export const vaultStorageOptionsSchema = withConnectionRules(
  z.strictObject({
    ...vaultConnectionShape,
    /** Where the engine of KV version 2 is mounted. Default `secret`. */
    mount: vaultPath.default('secret'),
    /** The path below the mount that belongs to this storage. Default: the mount itself. */
    prefix: vaultPath.optional(),
    /** Deleted credentials can be recovered until they are purged. Default false: a delete removes every version for good. */
    softDelete: z.boolean('true or false').default(false),
    /** The largest entry the storage of the server takes in bytes. Default 1,048,576 (integrated storage); Consul takes 524,288. */
    maxEntryBytes: wholeNumber('bytes', 65_536, 33_554_432).default(defaultMaxEntryBytes),
    /** From the end of one poll of `watch` to the next, in milliseconds, give or take a fifth. Default 30,000. */
    watchIntervalMs: wholeNumber('milliseconds', 10, maxTimerMs).default(30_000),
  }),
)

/** Options of `createVaultStorage`. What is left out is taken from the environment, as `vault` and `bao` do. */
export type VaultStorageOptions = Partial<z.input<typeof vaultStorageOptionsSchema>>
