import type { HealthStatus } from '@holdfast/contracts'

/** One answer of a check. */
export interface HealthCheckResult {
  readonly status: HealthStatus
  readonly reason?: string
  readonly latencyMs: number
  /** RFC 3339, UTC. */
  readonly checkedAt: string
}

/** Where the last answers point: `improving` and `worsening` compare the newer half of them with the older. */
export interface HealthTrend {
  readonly direction: 'steady' | 'improving' | 'worsening'
  /** Share of the answers that were up; 1 before the first. */
  readonly upShare: number
  readonly averageLatencyMs: number
}
