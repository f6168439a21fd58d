import type { CallOptions } from './call-options.ts'

/** How well something works: `degraded` answers, but not as it should. */
export type HealthStatus = 'up' | 'degraded' | 'down'

/** The answer of a health probe. */
export interface HealthReport {
  readonly status: HealthStatus
  /** Why it is not `up`, for a person; absent when it is. Never a secret. */
  readonly reason?: string
  /** How long the probe took in milliseconds. */
  readonly latencyMs: number
  /** When the probe was made: RFC 3339, UTC. */
  readonly checkedAt: string
  readonly details?: Readonly<Record<string, string | number | boolean>>
}

/** Something that can be asked whether it works. A probe answers `down` rather than rejecting; only cancellation and CLOSED reject. */
export interface HealthCheckable {
  health(options?: CallOptions): Promise<HealthReport>
}
