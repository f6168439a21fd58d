import {
  type Clock,
  createProblems,
  type Logger,
  type Metrics,
  type Problems,
  silentLogger,
  systemClock,
  type Tracer,
} from '@holdfast/contracts'
import type { CredentialSource } from '@holdfast/contracts/credentials'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { source } from './pool-errors.ts'

/** Options of `createPool`. Numbers of milliseconds are more than 0, or Infinity for never, unless they say otherwise. */
export interface CreatePoolOptions {
  /** Names the pool in logs, events, errors and metrics, and its resources with a number: `orders-db#17`. Default: the adapter's name. */
  readonly name?: string | undefined
  /** Resources that are always there, once the pool was started or first used. Default 0: what nobody needs is not opened. */
  readonly minSize?: number | undefined
  /**
   * Resources at most, also counting those being made and ended: at least 1. Default 10, as in HikariCP and node-postgres: a
   * database answers fastest with about two connections for each of its cores (PostgreSQL wiki, "Number Of Database Connections").
   */
  readonly maxSize?: number | undefined
  /** Resources kept free beyond those in use, as far as `maxSize` allows. Default 0. */
  readonly minIdle?: number | undefined
  /** How long an acquire waits; 0: not at all. Default 5000: short for a person who waits, long for a queue that moves. */
  readonly acquireTimeoutMs?: number | undefined
  /** How long a create may take, credentials included. Default 10,000: longer than an acquire waits, because a slow first connection serves the next caller. */
  readonly createTimeoutMs?: number | undefined
  /** How long `validate` may take. Default 1000: several round trips, and a small part of an acquire. */
  readonly validateTimeoutMs?: number | undefined
  /** How long `reset` may take. Default 1000, for the same reason. */
  readonly resetTimeoutMs?: number | undefined
  /** How long `destroy` may take before the pool lets go of the resource. Default 2000: with the 5000 of `close`, within the ten seconds that container runtimes wait before they kill. */
  readonly destroyTimeoutMs?: number | undefined
  /** How long a resource may be unused before it is destroyed, down to `minSize` and `minIdle`. Default 600,000, as in HikariCP. */
  readonly idleTimeoutMs?: number | undefined
  /**
   * How long an unused resource goes without being validated, so that nothing on the way forgets the connection. Default
   * 120,000, as in HikariCP: half of the four minutes after which Azure's load balancer drops an idle flow (AWS: 350 s).
   */
  readonly keepAliveMs?: number | undefined
  /** How old a resource may get; one in use lives on until it comes back. Default 1,800,000 as in HikariCP: credentials, addresses and memory of the other side are renewed. */
  readonly maxLifetimeMs?: number | undefined
  /** Shortens each lifetime at birth by a random share of up to this, so that what was made together does not end together. 0 to 1. Default 0.025, as in HikariCP. */
  readonly maxLifetimeJitter?: number | undefined
  /** Leases a resource may have. Default Infinity. */
  readonly maxUses?: number | undefined
  /** Callers that may wait. Default 10,000, which hold some megabytes: beyond that the queue would only hide the overload. */
  readonly maxWaiting?: number | undefined
  /** Creates at the same time. Default 2, as the MongoDB drivers' specification of pools has it: a server that has just come back is not stormed. */
  readonly maxConcurrentCreates?: number | undefined
  /** A resource known to work for less than this long is not validated when it is borrowed. 0: always; Infinity: never. Default 500, as in HikariCP. */
  readonly validateIdleLongerThanMs?: number | undefined
  /**
   * Which idle resource is used next: `lifo` keeps few of them warm and lets the others end, `fifo` uses all in turn, `adaptive`
   * gives more work to those that were faster and failed less often lately, for resources that are not all alike (replicas,
   * proxies, sessions on machines of different load); it looks at every idle one. Default `lifo`.
   */
  readonly order?: 'lifo' | 'fifo' | 'adaptive' | undefined
  /** A lease that is out for longer is a leak: told with the line that acquired it. Recording the line costs some microseconds per acquire. Default Infinity: off. */
  readonly leakDetectionMs?: number | undefined
  /** Whether a leaked lease is taken away and its resource destroyed. Default false: the user may still be at it. */
  readonly reclaimLeaks?: boolean | undefined
  /** How many turns a tenant that waits gets for each turn of one with weight 1: 0.01 to 100. Default: each tenant 1. */
  readonly tenantWeight?: ((tenant: string | undefined) => number) | undefined
  /**
   * Whether a resource that was used for a tenant is never given to another, unless the adapter says that its reset leaves
   * nothing behind (`isolatesTenants`). When all that are free were used for others, one of them is ended and a new one
   * made. No tenant is one of its own. Default false.
   */
  readonly separateTenants?: boolean | undefined
  /** The largest share of `maxSize` that one tenant may hold while others wait: above 0, at most 1. At least one resource. Default 1. */
  readonly maxTenantShare?: number | undefined
  /** What `create` needs, read anew for each. */
  readonly credentials?: Readonly<Record<string, CredentialSource>> | undefined
  /** Default: the real time. */
  readonly clock?: Clock | undefined
  /** Default: silent. */
  readonly logger?: Logger | undefined
  /** Default: no spans. */
  readonly tracer?: Tracer | undefined
  /** Default: none are registered. */
  readonly metrics?: Metrics | undefined
  /** Where jitter comes from, for tests: a number from 0 to below 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** Options of `createPool` with every default filled in. */
export type PoolSettings = {
  readonly [K in Exclude<keyof CreatePoolOptions, 'tracer' | 'metrics'>]-?: NonNullable<CreatePoolOptions[K]>
} & Pick<CreatePoolOptions, 'tracer' | 'metrics'>

const never = Number.POSITIVE_INFINITY

/** What each option is when it is not given. */
export const poolDefaults = {
  minSize: 0,
  maxSize: 10,
  minIdle: 0,
  acquireTimeoutMs: 5000,
  createTimeoutMs: 10_000,
  validateTimeoutMs: 1000,
  resetTimeoutMs: 1000,
  destroyTimeoutMs: 2000,
  idleTimeoutMs: 600_000,
  keepAliveMs: 120_000,
  maxLifetimeMs: 1_800_000,
  maxLifetimeJitter: 0.025,
  maxUses: never,
  maxWaiting: 10_000,
  maxConcurrentCreates: 2,
  validateIdleLongerThanMs: 500,
  order: 'lifo',
  leakDetectionMs: never,
  reclaimLeaks: false,
  separateTenants: false,
  maxTenantShare: 1,
} as const

const orders: readonly string[] = ['lifo', 'fifo', 'adaptive']

/** Durations that must be more than nothing. */
const durations = [
  'createTimeoutMs',
  'validateTimeoutMs',
  'resetTimeoutMs',
  'destroyTimeoutMs',
  'idleTimeoutMs',
  'keepAliveMs',
  'maxLifetimeMs',
  'leakDetectionMs',
] as const

/** Fills in the defaults. Throws INVALID_ARGUMENT with every problem of the adapter and the options at once. */
export const poolSettings = <T>(adapter: ResourceAdapter<T>, options: CreatePoolOptions = {}): PoolSettings => {
  const problems = createProblems(source, 'createPool')
  // A caller without types can pass anything: then every option is checked as if it were absent.
  const given: CreatePoolOptions = isObject(options) ? options : {}
  problems.require(isObject(options), 'options', options, 'an object')
  requireAdapter(problems, adapter)
  const settings: PoolSettings = {
    ...poolDefaults,
    name: isObject(adapter) ? adapter.name : '',
    tenantWeight: () => 1,
    credentials: {},
    clock: systemClock,
    logger: silentLogger,
    random: Math.random,
    ...withoutUndefined(given),
  }
  const { name, order, maxLifetimeJitter, reclaimLeaks, separateTenants, maxTenantShare } = settings
  problems.require(typeof name === 'string' && name !== '', 'name', name, 'a text that is not empty')
  requireSizes(problems, settings)
  for (const path of durations) {
    problems.require(isNumber(settings[path]) && settings[path] > 0, path, settings[path], 'more than 0, or Infinity')
  }
  for (const path of ['acquireTimeoutMs', 'validateIdleLongerThanMs'] as const) {
    problems.require(isNumber(settings[path]) && settings[path] >= 0, path, settings[path], '0 or more, or Infinity')
  }
  problems.require(
    isNumber(maxLifetimeJitter) && maxLifetimeJitter >= 0 && maxLifetimeJitter <= 1,
    'maxLifetimeJitter',
    maxLifetimeJitter,
    'a number from 0 to 1',
  )
  requireCount(problems, 'maxUses', settings.maxUses, 1)
  requireCount(problems, 'maxWaiting', settings.maxWaiting, 0)
  requireCount(problems, 'maxConcurrentCreates', settings.maxConcurrentCreates, 1)
  problems.require(orders.includes(order), 'order', order, orders.join(', '))
  problems.require(typeof reclaimLeaks === 'boolean', 'reclaimLeaks', reclaimLeaks, 'true or false')
  problems.require(typeof separateTenants === 'boolean', 'separateTenants', separateTenants, 'true or false')
  problems.require(
    isNumber(maxTenantShare) && maxTenantShare > 0 && maxTenantShare <= 1,
    'maxTenantShare',
    maxTenantShare,
    'a number above 0, at most 1',
  )
  for (const path of ['tenantWeight', 'random'] as const) {
    problems.require(typeof settings[path] === 'function', path, settings[path], 'a function')
  }
  requireMethods(problems, 'clock', settings.clock, ['wallNow', 'monotonicNow', 'setTimer'])
  requireMethods(problems, 'logger', settings.logger, ['debug', 'info', 'warn', 'error'])
  if (settings.tracer !== undefined) requireMethods(problems, 'tracer', settings.tracer, ['startSpan'])
  if (settings.metrics !== undefined) requireMethods(problems, 'metrics', settings.metrics, ['observe', 'counter'])
  requireSources(problems, settings.credentials)
  problems.throwIfAny()
  return settings
}

/** The three sizes, which `resize` checks again. */
export const requireSizes = (
  problems: Problems,
  { minSize, maxSize, minIdle }: Pick<PoolSettings, 'minSize' | 'maxSize' | 'minIdle'>,
): void => {
  requireCount(problems, 'maxSize', maxSize, 1)
  const limit = Number.isInteger(maxSize) ? maxSize : never
  for (const [path, value] of [
    ['minSize', minSize],
    ['minIdle', minIdle],
  ] as const) {
    problems.require(
      Number.isInteger(value) && value >= 0 && value <= limit,
      path,
      value,
      'a whole number from 0 to maxSize',
    )
  }
}

const requireCount = (problems: Problems, path: string, value: unknown, least: number): void =>
  problems.require(
    isNumber(value) && (Number.isInteger(value) || value === never) && value >= least,
    path,
    value,
    `a whole number of at least ${least}${path === 'maxSize' ? '' : ', or Infinity'}`,
  )

const requireAdapter = (problems: Problems, adapter: unknown): void => {
  requireMethods(problems, 'adapter', adapter, ['create', 'destroy'])
  if (!isObject(adapter)) return
  const name = Reflect.get(adapter, 'name')
  problems.require(typeof name === 'string' && name !== '', 'adapter.name', name, 'a text that is not empty')
  for (const method of ['validate', 'reset', 'isBroken', 'health']) {
    const value = Reflect.get(adapter, method)
    problems.require(value === undefined || typeof value === 'function', `adapter.${method}`, value, 'a function')
  }
}

const requireSources = (problems: Problems, credentials: unknown): void => {
  problems.require(isObject(credentials), 'credentials', credentials, 'an object of credential sources')
  if (!isObject(credentials)) return
  // No value is shown: somebody may have put a password where its source belongs.
  for (const [name, each] of Object.entries(credentials)) {
    const holds = isObject(each) && typeof Reflect.get(each, 'retrieve') === 'function'
    problems.require(holds, `credentials.${name}`, undefined, 'a credential source, with a method retrieve')
  }
}

const requireMethods = (problems: Problems, path: string, value: unknown, methods: readonly string[]): void =>
  problems.require(
    isObject(value) && methods.every((method) => typeof Reflect.get(value, method) === 'function'),
    path,
    value,
    `an object with the methods ${methods.join(', ')}`,
  )

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isNumber = (value: unknown): value is number => typeof value === 'number' && !Number.isNaN(value)

type Given = { readonly [K in keyof CreatePoolOptions]?: NonNullable<CreatePoolOptions[K]> }

// Only entries that are undefined are left out.
const withoutUndefined = (options: CreatePoolOptions): Given =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given
