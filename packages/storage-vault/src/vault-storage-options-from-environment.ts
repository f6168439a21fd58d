import { Secret } from '@holdfast/contracts'
import type { VaultAuthOptions, VaultConnectionOptions, VaultStorageOptions } from './options.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The options that the environment has for this package, under the names that `vault` and `bao` read: `BAO_…` before
 * `VAULT_…`. ADDR, NAMESPACE, CACERT, TLS_SERVER_NAME, SKIP_VERIFY; for the auth the first that is there of TOKEN,
 * TOKEN_FILE, ROLE_ID (with SECRET_ID or SECRET_ID_FILE, and APPROLE_MOUNT), K8S_ROLE (with K8S_TOKEN_FILE and K8S_MOUNT);
 * KV_MOUNT and KV_PREFIX. What is not set is left out, and nothing is checked here.
 */
export const vaultStorageOptionsFromEnvironment = (environment: Environment = process.env): VaultStorageOptions => {
  const read = reader(environment)
  return withoutUndefined({
    ...vaultConnectionOptionsFromEnvironment(environment),
    mount: read('KV_MOUNT'),
    prefix: read('KV_PREFIX'),
  })
}

/** The same without what only a storage has. */
export const vaultConnectionOptionsFromEnvironment = (
  environment: Environment = process.env,
): VaultConnectionOptions => {
  const read = reader(environment)
  return withoutUndefined({
    address: read('ADDR'),
    namespace: read('NAMESPACE'),
    caFile: read('CACERT'),
    serverName: read('TLS_SERVER_NAME'),
    acceptAnyCertificate: flagOf(read('SKIP_VERIFY')),
    auth: authFrom(read),
  })
}

/** Options with what their environment has for those that are left out, as one of the functions above reads it. */
export const completed = <T extends VaultConnectionOptions>(
  readEnvironment: (environment?: Environment) => VaultConnectionOptions,
  options: T,
): T => {
  const given = withoutUndefined<T>(options)
  // One that is null is not taken for the default: the check of the options says what is wrong with it.
  const { caFile, ...others } = readEnvironment(given.environment === null ? {} : given.environment)
  // The two exclude each other, and what was given counts.
  return { ...others, ...(caFile === undefined || given.ca !== undefined ? {} : { caFile }), ...given }
}

type Read = (name: string) => string | undefined

const reader =
  (environment: Environment): Read =>
  // An empty variable is one that somebody wanted to unset.
  (name) =>
    environment[`BAO_${name}`] || environment[`VAULT_${name}`] || undefined

const authFrom = (read: Read): VaultAuthOptions | undefined => {
  const token = read('TOKEN')
  if (token !== undefined) return { method: 'token', token: new Secret(token) }
  const tokenFile = read('TOKEN_FILE')
  if (tokenFile !== undefined) return { method: 'token-file', tokenFile }
  const roleId = read('ROLE_ID')
  if (roleId !== undefined) {
    const secretId = read('SECRET_ID')
    return withoutUndefined<VaultAuthOptions & { method: 'approle' }>({
      method: 'approle',
      roleId,
      secretId: secretId === undefined ? undefined : new Secret(secretId),
      secretIdFile: read('SECRET_ID_FILE'),
      mount: read('APPROLE_MOUNT'),
    })
  }
  const role = read('K8S_ROLE')
  if (role === undefined) return undefined
  return withoutUndefined<VaultAuthOptions & { method: 'kubernetes' }>({
    method: 'kubernetes',
    role,
    tokenFile: read('K8S_TOKEN_FILE'),
    mount: read('K8S_MOUNT'),
  })
}

/** The words that the command line of Vault takes (Go's strconv.ParseBool); any other is left for the check of the options. */
const flagOf = (text: string | undefined): boolean | undefined => {
  if (text === undefined) return undefined
  if (/^(?:1|t|true)$/i.test(text)) return true
  if (/^(?:0|f|false)$/i.test(text)) return false
  // Not a boolean, so that the check of the options names it.
  return text as unknown as boolean
}

/** Options that are left out and options that are undefined are not the same to a merge. */
const withoutUndefined = <T extends object>(options: { readonly [K in keyof T]: T[K] | undefined }): T =>
  // Only what is undefined, which the option may be left out instead, is missing.
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
