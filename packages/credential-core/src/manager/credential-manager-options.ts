import { type Clock, createProblems, type Logger, type ScopeId, scopeProblem, type Tracer } from '@holdfast/contracts'
import type { Cache } from '@holdfast/contracts/cache'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import type { Keyring } from '../keyring/keyring.ts'
import type { CredentialKind } from '../kinds/credential-kind.ts'
import { builtInKinds } from '../kinds/kind-registry.ts'
import type { RotationPolicy } from '../validation/rotation-policy.ts'
import { type CacheFreshnessOptions, requireCacheFreshness } from './cache-freshness.ts'

/** What `store` does when the id is taken. */
export type DuplicatePolicy = 'overwrite' | 'refuse'

/** What a credential manager is made of. Instances that are passed in stay the caller's: the manager closes none of them. */
export interface CredentialManagerOptions extends CacheFreshnessOptions {
  /** Where the credentials are kept. The one option without a default. */
  readonly storage: AnyCredentialStorage
  /** Seals what is stored, unless `sealing` is `backend`: then it only opens what was sealed before. One with an `anchorDirectory` also finds what was restored from an older copy. No default. */
  readonly keyring?: Keyring | undefined
  /** `envelope` seals every value before the storage sees it; `backend` stores it readable, so that other programs can read it. Default `envelope`. */
  readonly sealing?: 'envelope' | 'backend' | undefined
  /** Keeps opened credentials in this process. Give each manager one of its own. Default: no cache, every read goes to the storage. */
  readonly cache?: Cache | undefined
  /** Binds the whole manager to this scope and what lies below, as `withScope` binds a view. Default: not bound. */
  readonly scope?: ScopeId | undefined
  /** How many credentials of a batch are worked on at the same time, 1 to 1000. Default 16. */
  readonly batchConcurrency?: number | undefined
  /** What `store` does when the id is taken and the call does not say. Default `overwrite`, as secret stores do. */
  readonly onDuplicate?: DuplicatePolicy | undefined
  /** Makes `retrieve` reject with NOT_FOUND (reason EXPIRED) for a credential that has expired. Default false. */
  readonly refuseExpired?: boolean | undefined
  /** When `validate` recommends rotation. Default: at 25 % of the lifetime left. */
  readonly rotationPolicy?: RotationPolicy | undefined
  /** Kinds of your own, made by `defineKind`, beside the built-in ones. Default none. */
  readonly kinds?: readonly CredentialKind[] | undefined
  /** Where log lines go. Default: nowhere. */
  readonly logger?: Logger | undefined
  /** Told of the beginning and end of every operation. Default: nobody. */
  readonly tracer?: Tracer | undefined
  /** Where time is read. Default: the system's clocks. */
  readonly clock?: Clock | undefined
}

/** Default of `batchConcurrency`: what DESIGN asks for, enough to hide a network's latency and too little to trip a backend's rate limit. */
export const defaultBatchConcurrency = 16
/** Upper end of `batchConcurrency`: more sockets than that is a mistake. */
const maxBatchConcurrency = 1000

/** Throws INVALID_ARGUMENT (reason OPTIONS_INVALID) that names everything wrong with the options. */
export const assertManagerOptions = (options: CredentialManagerOptions): void => {
  const problems = createProblems('credential-core', 'createCredentialManager')
  if (typeof options !== 'object' || options === null) {
    problems.require(false, 'options', options, 'an object with at least a storage')
    problems.throwIfAny()
  }
  const {
    storage,
    keyring,
    sealing,
    cache,
    scope,
    batchConcurrency,
    onDuplicate,
    refuseExpired,
    kinds,
    rotationPolicy,
  } = options
  problems.require(
    hasMethods(storage, ['store', 'retrieve', 'list', 'delete', 'exists']) && typeof storage.capabilities === 'object',
    'storage',
    storage,
    'a credential storage, for example createLocalStorage({ directory: "./secrets" })',
  )
  problems.require(
    sealing === undefined || sealing === 'envelope' || sealing === 'backend',
    'sealing',
    sealing,
    "'envelope' or 'backend'",
  )
  if (sealing !== 'backend') {
    problems.require(
      hasMethods(keyring, ['open']),
      'keyring',
      keyring,
      "a keyring that seals the values (keyring: createKeyring({ storage, unlock: [passphrase(…)] })), or else sealing: 'backend' to store them readable",
    )
  } else problems.require(keyring === undefined || hasMethods(keyring, ['open']), 'keyring', keyring, 'a keyring')
  problems.require(
    cache === undefined || hasMethods(cache, ['get', 'set', 'delete', 'clear']),
    'cache',
    cache,
    'a cache, for example createCache({ capacity: 1000 })',
  )
  requireCacheFreshness(options, cache !== undefined, problems)
  if (scope !== undefined)
    problems.require(scopeProblem(scope) === undefined, 'scope', scope, 'segments such as org:acme/team:eng')
  problems.require(
    batchConcurrency === undefined ||
      (Number.isInteger(batchConcurrency) && batchConcurrency >= 1 && batchConcurrency <= maxBatchConcurrency),
    'batchConcurrency',
    batchConcurrency,
    `a whole number from 1 to ${maxBatchConcurrency}`,
  )
  problems.require(
    onDuplicate === undefined || onDuplicate === 'overwrite' || onDuplicate === 'refuse',
    'onDuplicate',
    onDuplicate,
    "'overwrite' or 'refuse'",
  )
  problems.require(
    refuseExpired === undefined || typeof refuseExpired === 'boolean',
    'refuseExpired',
    refuseExpired,
    'true or false',
  )
  requireRotationPolicy(rotationPolicy, problems)
  requireKinds(kinds, problems)
  for (const name of ['debug', 'info', 'warn', 'error'] as const) {
    problems.require(
      options.logger === undefined || typeof options.logger[name] === 'function',
      `logger.${name}`,
      options.logger?.[name],
      'a function',
    )
  }
  problems.require(
    options.tracer === undefined || hasMethods(options.tracer, ['startSpan']),
    'tracer',
    options.tracer,
    'an object with startSpan',
  )
  problems.require(
    options.clock === undefined || hasMethods(options.clock, ['wallNow', 'monotonicNow', 'setTimer']),
    'clock',
    options.clock,
    'a clock',
  )
  problems.throwIfAny()
}

type Problems = ReturnType<typeof createProblems>

const hasMethods = (value: unknown, names: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function')

const requireRotationPolicy = (policy: RotationPolicy | undefined, problems: Problems): void => {
  if (policy === undefined) return
  const { remainingFraction, maxAgeMs } = policy
  problems.require(
    remainingFraction === undefined ||
      (typeof remainingFraction === 'number' && remainingFraction >= 0 && remainingFraction <= 1),
    'rotationPolicy.remainingFraction',
    remainingFraction,
    'a number from 0 to 1',
  )
  problems.require(
    maxAgeMs === undefined || (typeof maxAgeMs === 'number' && maxAgeMs > 0),
    'rotationPolicy.maxAgeMs',
    maxAgeMs,
    'more than 0 milliseconds',
  )
}

const requireKinds = (kinds: readonly CredentialKind[] | undefined, problems: Problems): void => {
  if (kinds === undefined) return
  if (!Array.isArray(kinds)) {
    problems.require(false, 'kinds', kinds, 'an array of kinds')
    return
  }
  const names = new Set(builtInKinds.map(({ definition }) => definition.name))
  for (const [index, kind] of kinds.entries()) {
    // A caller without types may have put anything there.
    const name = (kind as CredentialKind | undefined)?.definition?.name
    if (typeof name !== 'string') problems.require(false, `kinds.${index}`, kind, 'a kind made by defineKind')
    else {
      problems.require(!names.has(name), `kinds.${index}`, name, 'a name that no other kind has')
      names.add(name)
    }
  }
}
