import type { CallOptions, EventSource, HealthCheckable, HealthReport, HealthStatus } from '@holdfast/contracts'

/** What a probe answers: nothing means `up`, a rejection means `down`. */
export type HealthVerdict = Pick<HealthReport, 'status' | 'reason' | 'details'> | undefined

/** A check of one's own: may a file be written, is the queue short enough. */
// biome-ignore lint/suspicious/noConfusingVoidType: `() => pool.ping()` is a probe, and its promise holds nothing
export type HealthProbe = (options: CallOptions) => Promise<HealthVerdict | void>

/** A check with options. */
export interface HealthCheckOptions {
  readonly check: HealthCheckable | HealthProbe
  /** Whether the service can do nothing without it: then `down` makes the whole `down`, otherwise `degraded`. Default true. */
  readonly critical?: boolean | undefined
  /** How long a probe may take before it counts as `down`, in milliseconds. Default that of {@link HealthOptions}. */
  readonly timeoutMs?: number | undefined
  /** How long an answer is good for, in milliseconds. Default that of {@link HealthOptions}. */
  readonly cacheMs?: number | undefined
}

/** Anything with `health()` (a storage, a cache store, a pool), a function, or one of them with options. */
export type HealthCheck = HealthCheckable | HealthProbe | HealthCheckOptions

/** What one check says. */
export interface HealthCheckReport extends HealthReport {
  readonly critical: boolean
}

/** All checks together. */
export interface HealthSummary {
  /** `down` when a critical check is down, `degraded` when any check is not up. */
  readonly status: HealthStatus
  /** Which checks are not up, and why. */
  readonly reason?: string
  /** How long all of them took in milliseconds; they run at the same time. */
  readonly latencyMs: number
  readonly checkedAt: string
  readonly checks: Readonly<Record<string, HealthCheckReport>>
}

/** Whether the service takes requests. */
export interface Readiness {
  readonly isReady: boolean
  /** Why it is not. */
  readonly reason?: string
  /** What the checks say; absent when they were not asked, because the answer is no without them. */
  readonly summary?: HealthSummary
}

/** What is told when it changes. */
export interface HealthEvents {
  /** A check has another status than before. */
  readonly 'health.changed': {
    readonly check: string
    /** Absent for the first answer. */
    readonly from: HealthStatus | undefined
    readonly to: HealthStatus
    readonly reason: string | undefined
  }
  /** `setReady` was called with another value than before. */
  readonly 'readiness.changed': { readonly isReady: boolean; readonly reason: string | undefined }
}

/** The health of a service. It has `health()` itself, so that it can be a check of another one. */
export interface Health extends HealthCheckable {
  /** Asks all checks, at the same time. What was asked less than `cacheMs` ago is not asked again. */
  check(options?: CallOptions): Promise<HealthSummary>
  /** Adds a check and answers a function that removes it. Throws ALREADY_EXISTS for a name that is there. */
  add(name: string, check: HealthCheck): () => void
  /** The last answers of a check, oldest first; empty for one that is unknown or was never asked. */
  history(name: string): readonly HealthReport[]
  /**
   * Takes the service out of the load balancer, or puts it back: the first step of a shutdown, before anything is
   * drained. While it is off `/readyz` answers 503 and no check is asked.
   */
  setReady(isReady: boolean, reason?: string): void
  /** Says that the start is done; for `startup: 'manual'`. */
  markStarted(): void
  /** Whether requests may come: the start is done, `setReady` has not said no, and no critical check is down. */
  readiness(options?: CallOptions): Promise<Readiness>
  /** Whether the start is done: it was marked, or there was a moment when no critical check was down. */
  startup(options?: CallOptions): Promise<Readiness>
  readonly events: EventSource<HealthEvents>
}
