import type { CallOptions, HealthReport } from '@holdfast/contracts'
import type { HealthCheckOptions } from './health-check-options.ts'
import type { HealthCheckResult } from './health-history.ts'

/**
 * A resource as the health monitor sees it. Its methods are called one after another, each after the monitor's own state has
 * changed; one that throws is logged and harms nobody.
 */
export interface HealthTarget {
  readonly name: string
  readonly options?: HealthCheckOptions | undefined
  /** Attributes of the span around each check. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
  /** Asks the resource. What rejects is down. The signal is aborted when the answer has taken too long. */
  probe(options: CallOptions): Promise<HealthReport>
  /** Whether to ask now: not while it is stopped, and not while something it requires is down and the answer is known. */
  isDue(): boolean
  /** The checks agree that it works; also the first time. */
  onUp?(result: HealthCheckResult): void
  /** The checks agree that it works, but not as it should. */
  onDegraded?(result: HealthCheckResult): void
  /** The checks agree that it does not work: it is to be quarantined, and is asked again later and later. */
  onDown?(result: HealthCheckResult): void
  /** It did not recover in `recoveryAttempts` checks, and is not asked any more. */
  onGivenUp?(result: HealthCheckResult): void
}
