import type { Load } from './recommend-size.ts'

/** Length of a window in milliseconds. The recommendation goes by the last one and the one that has begun. */
const windowMs = 60_000

/** Sums since the pool was made. */
export interface LoadTotals {
  readonly acquisitions: number
  /** Of these, how many waited. */
  readonly waited: number
  /** For how long leases were held, those that are out included. */
  readonly heldMs: number
}

interface Mark extends LoadTotals {
  readonly at: number
}

/** What a pool has seen in the last minute or two. */
export class LoadWindow {
  readonly #totals: (now: number) => LoadTotals
  #previous: Mark
  #current: Mark

  constructor(totals: (now: number) => LoadTotals) {
    this.#totals = totals
    this.#current = { at: 0, acquisitions: 0, heldMs: 0, waited: 0 }
    this.#previous = this.#current
  }

  /** Begins a new window if it is time. Cheap: called at each tick of the pool's clock. */
  roll(now: number): void {
    if (now - this.#current.at < windowMs) return
    this.#previous = this.#current
    this.#current = { at: now, ...this.#totals(now) }
  }

  read(now: number): Load {
    this.roll(now)
    const { acquisitions, waited, heldMs } = this.#totals(now)
    const begin = this.#previous
    return {
      elapsedMs: now - begin.at,
      acquisitions: acquisitions - begin.acquisitions,
      waited: waited - begin.waited,
      heldMs: heldMs - begin.heldMs,
    }
  }
}
