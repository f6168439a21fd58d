/** How much the newest observation counts against all before: half of what is remembered is from the last fifteen or so. */
const newestShare = 0.05
/** The worst resource gets this share of the best one's weight at least, so that it is noticed when it recovers. */
const leastWeight = 0.01

/** How one resource has been doing lately. */
export class SlotPerformance {
  /** Mean time of a use in milliseconds. */
  #meanMs = 0
  #failureShare = 0
  #observations = 0
  #hasFailed = false
  /** Turns it has saved up. */
  credit = 0

  /** The user's work has failed in this lease, though not because the resource is broken. */
  noteFailure(): void {
    this.#hasFailed = true
  }

  /** Tells of the end of a lease. */
  observe(heldMs: number): void {
    this.#observations += 1
    // The first ones count fully, so that a newcomer is not taken for the best of all for long.
    const share = Math.max(newestShare, 1 / this.#observations)
    this.#meanMs += (heldMs - this.#meanMs) * share
    this.#failureShare += ((this.#hasFailed ? 1 : 0) - this.#failureShare) * share
    this.#hasFailed = false
  }

  /** How long a use is to be expected to take until it succeeds, in milliseconds, counted from half of one. */
  get costMs(): number {
    return (this.#meanMs + 0.5) / Math.max(0.01, 1 - this.#failureShare)
  }

  /** Turns for each turn of the best one: by the square, since by the quotient as much time would be spent on each of them. */
  weight(bestCostMs: number): number {
    return Math.max(leastWeight, (bestCostMs / this.costMs) ** 2)
  }
}
