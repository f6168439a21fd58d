import type { CredentialSource, ResolvedCredential } from '@holdfast/contracts/credentials'
import type { CreateOptions, Pool, ResourceAdapter } from '@holdfast/contracts/resources'

/** Credentials by the names the adapter knows them by. */
export type AdapterCredentials = Readonly<Record<string, ResolvedCredential>>

/** Something that a user can leave in a resource and the next one could meet: a session variable, an open transaction, a subscription. */
export interface Stain<T> {
  /** For messages: `session variable`. */
  readonly name: string
  /** Leaves it, as a user would. */
  soil(resource: T): Promise<unknown>
  /** Whether a user of this resource meets it. */
  isSoiled(resource: T): Promise<boolean>
}

/** What one case works on: made for it, and cleaned up after it. A hook that is left out skips the cases that need it, which say so. */
export interface ResourceAdapterFixture<T> {
  readonly adapter: ResourceAdapter<T>
  /** How many resources there are, as the other side counts them: connections at a server, files in a folder. Without those of the harness. */
  open(): Promise<number> | number
  /** Works with the resource as a user would, by way of the other side: a query, a request. Rejects when it does not work. */
  use(resource: T): Promise<unknown>
  /** Texts that must stand in no error, report or adapter: passwords, tokens, what stands in connection strings. At least 8 characters each. */
  readonly secrets: readonly string[]
  /** What `create` is given. Default: none. */
  readonly credentials?: AdapterCredentials
  /** Credentials of the same names that the other side refuses. Left out where it lets everybody in. */
  readonly wrongCredentials?: AdapterCredentials
  /** Cuts a resource off from outside, as a failing network or server would: its next use rejects. */
  breakResource?(resource: T): Promise<unknown>
  /** Does a user's work that fails without harm to the resource: a statement with a syntax error, a request for what is not there. */
  failStatement?(resource: T): Promise<unknown>
  /** Everything that users can leave and `reset` takes back. */
  readonly stains?: readonly Stain<T>[]
  /** Makes the other side take everything and answer nothing, on open connections too, until what this resolves with is called. */
  stall?(): Promise<() => Promise<unknown>>
  /** An adapter of the same kind whose other side is not there: a port where nobody listens. */
  unreachable?(): ResourceAdapter<T>
  /** Destroys and removes everything that was made for the case, also what a failing case left behind. */
  cleanup(): Promise<void>
}

/** What the suite asks of a pool. */
export interface ConformancePoolOptions {
  readonly name: string
  readonly maxSize: number
  readonly credentials: Readonly<Record<string, CredentialSource>>
}

/** How the suite gets adapters, and how much time it gives them. */
export interface ResourceAdapterHarness<T> {
  /** What the tests are called by. */
  readonly name: string
  create(): Promise<ResourceAdapterFixture<T>>
  /** Makes a real pool: `createPool` of `@holdfast/resource-pool`, as it is. Without it the cases about pools are skipped. */
  createPool?(adapter: ResourceAdapter<T>, options: ConformancePoolOptions): Pool<T>
  /** How long the other side may take to notice that a resource is gone, and each call to end, in milliseconds. Default 20,000. */
  readonly patienceMs?: number
  /** What counts as at once, in milliseconds. Default 2000: a thousand times what an abort takes, and less than any client's own timeout. */
  readonly promptMs?: number
}

/** What a case is given: the fixture, with help. */
export interface ResourceAdapterSubject<T> extends Omit<ResourceAdapterFixture<T>, 'cleanup'> {
  readonly credentials: AdapterCredentials
  readonly createPool?: ResourceAdapterHarness<T>['createPool']
  readonly patienceMs: number
  readonly promptMs: number
  /** Calls the adapter's `create`, with the right credentials unless told otherwise. What it gives is destroyed after the case. */
  create(options?: Partial<CreateOptions>): Promise<T>
  /** Calls the adapter's `destroy`. */
  destroy(resource: T): Promise<void>
}

/** What a case needs to make sense: an optional method, a claim, a hook of the harness. */
export type ResourceAdapterNeed =
  | 'validate'
  | 'reset'
  | 'isBroken'
  | 'health'
  | 'isolatesTenants'
  | 'wrongCredentials'
  | 'breakResource'
  | 'failStatement'
  | 'stains'
  | 'stall'
  | 'unreachable'
  | 'createPool'

/** One rule of the contract of resource adapters. */
export interface ResourceAdapterCase {
  /** The rule, as a sentence about an adapter. */
  readonly name: string
  /** Without these the case is skipped. */
  readonly needs?: readonly ResourceAdapterNeed[]
  /** Rejects when the adapter breaks the rule. */
  run<T>(subject: ResourceAdapterSubject<T>): Promise<void>
}
