/** How the health of a resource is checked. */
export interface HealthCheckOptions {
  /** From one check to the next, in milliseconds. Default 10,000, as in the probes of Kubernetes: what fails is noticed within one. */
  readonly intervalMs?: number | undefined
  /** Share of the interval by which each is shorter or longer at random, so that many do not come at once. 0 to 1. Default 0.1. */
  readonly jitter?: number | undefined
  /** How long a check may take. Default 2000, less than the interval. */
  readonly timeoutMs?: number | undefined
  /** Checks in a row that must say down before it is quarantined. Default 1. */
  readonly downAfter?: number | undefined
  /** Checks in a row that must say up before it is taken back, so that one that flaps stays away. Default 2. */
  readonly upAfter?: number | undefined
  /** Checks of a quarantined resource that may fail in a row before it is given up as failed; Infinity: never given up. Default 10. */
  readonly recoveryAttempts?: number | undefined
  /** Delay before the first check of a quarantined resource, doubled each time, half of it random. Default 500. */
  readonly recoveryDelayMs?: number | undefined
  /** The longest such delay. Default 30,000. */
  readonly maxRecoveryDelayMs?: number | undefined
  /** Answers that are kept. Default 100. */
  readonly historySize?: number | undefined
}
