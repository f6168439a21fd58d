import type { CallOptions } from '../call-options.ts'
import type { ResolvedCredential } from '../credentials/credential-source.ts'
import type { HealthReport } from '../health.ts'

/** What {@link ResourceAdapter.create} is given. */
export interface CreateOptions extends CallOptions {
  /** Aborted when the create has taken too long or the pool is closed. Never because a caller gave up: what is made then is kept for the next one. */
  readonly signal: AbortSignal
  /** The credentials the pool was given sources for, by their names there, read just before this call. Empty when there are none. */
  readonly credentials: Readonly<Record<string, ResolvedCredential>>
}

/**
 * How a pool makes, checks, cleans and ends one kind of resource: a connection, a session, a worker. Written once for each
 * client library; the pool does the rest.
 *
 * The pool calls one method of a resource at a time, never while a lease is out, and `destroy` exactly once, after which
 * nothing touches the resource any more. Each method may hang, reject or throw at once: the pool bounds it by its own
 * timeout and goes on without it. Errors should be HoldfastErrors, whose code tells the pool what to do; anything else counts
 * as a failure that may pass. `testResourceAdapter` of `@holdfast/testkit` holds an adapter to all of this.
 */
export interface ResourceAdapter<T> {
  /** What it makes, in logs, errors, spans and as the metric label `type`: `postgres`. Never a secret. */
  readonly name: string
  /**
   * Makes one, or rejects and leaves nothing open, at once when the signal is aborted. A resource that arrives all the same is
   * destroyed by the pool. INVALID_ARGUMENT, PERMISSION_DENIED, NOT_FOUND and UNSUPPORTED reach those who wait at once, because
   * waiting would not help them; after UNAUTHENTICATED the credentials are read past every cache and, if they are others by now,
   * tried at once; any other failure is tried again, later and later.
   */
  create(options: CreateOptions): Promise<T>
  /** Whether it still works, by a cheap question to the other side. False or a rejection: the pool destroys it. Absent: it is taken to work. */
  validate?(resource: T, options: CallOptions): Promise<boolean>
  /** Takes back what a user left behind (a transaction, session variables) before the next one gets it. A rejection, also of an aborted call: the pool destroys it. */
  reset?(resource: T, options: CallOptions): Promise<void>
  /** Ends it and frees what it holds, also when it is broken and when the signal is aborted: then without a goodbye. */
  destroy(resource: T, options: CallOptions): Promise<void>
  /**
   * Whether the error of a user's work means that the resource must not be used again: a lost connection, not a failed
   * statement. Answers for whatever user code can throw, and throws nothing. Absent: no error does, and the next borrower has it validated.
   */
  isBroken?(error: unknown): boolean
  /** How the other side is doing, asked through one resource; `down` with a reason rather than a rejection, unless it is aborted. Absent: what `validate` says. */
  health?(resource: T, options: CallOptions): Promise<HealthReport>
  /** Whether after `reset` nothing of the last user is left that another tenant could see. Default false. */
  readonly isolatesTenants?: boolean
}
