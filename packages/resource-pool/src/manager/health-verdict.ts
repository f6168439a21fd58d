import type { HealthStatus } from '@holdfast/contracts'

/** When answers agree. */
export interface VerdictRules {
  readonly downAfter: number
  readonly upAfter: number
}

/**
 * What the answers of checks agree on. It becomes worse when the last `downAfter` answers were all worse than it, and then as
 * bad as the mildest of them; it becomes better when the last `upAfter` were all better, and then as good as the worst of
 * them. Before there is a verdict the resource is taken to be up, because it has just been started.
 */
export class HealthVerdict {
  /** Undefined before the first. */
  status: HealthStatus | undefined
  #downs = 0
  #notUps = 0
  #ups = 0
  #notDowns = 0

  /** Counts an answer; true when the verdict is another one now. */
  take(answer: HealthStatus, { downAfter, upAfter }: VerdictRules): boolean {
    this.#downs = answer === 'down' ? this.#downs + 1 : 0
    this.#notUps = answer === 'up' ? 0 : this.#notUps + 1
    this.#ups = answer === 'up' ? this.#ups + 1 : 0
    this.#notDowns = answer === 'down' ? 0 : this.#notDowns + 1
    const before = this.status
    if (before !== 'down' && this.#downs >= downAfter) this.status = 'down'
    else if (before === 'down' && this.#notDowns >= upAfter) this.status = this.#ups >= upAfter ? 'up' : 'degraded'
    else if (before === 'degraded' && this.#ups >= upAfter) this.status = 'up'
    else if ((before === 'up' || before === undefined) && this.#notUps >= downAfter) this.status = 'degraded'
    else if (before === undefined && answer === 'up') this.status = 'up'
    return this.status !== before
  }

  /** Forgets everything. */
  reset(): void {
    this.status = undefined
    this.#downs = this.#notUps = this.#ups = this.#notDowns = 0
  }
}
