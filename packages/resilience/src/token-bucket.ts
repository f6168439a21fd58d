import type { Clock } from '@holdfast/contracts'

/** Tokens that are taken one at a time and come back with time. It begins full. A clock that jumps back gives no tokens, and takes none. */
export class TokenBucket {
  readonly #capacity: number
  readonly #tokensPerSecond: number
  readonly #clock: Clock
  #tokens: number
  #refilledAt: number

  constructor(capacity: number, tokensPerSecond: number, clock: Clock) {
    this.#capacity = capacity
    this.#tokensPerSecond = tokensPerSecond
    this.#clock = clock
    this.#tokens = capacity
    this.#refilledAt = clock.monotonicNow()
  }

  /** Takes a token if there is one. */
  take(): boolean {
    this.#refill()
    if (!this.#hasOne) return false
    this.#tokens = Math.max(0, this.#tokens - 1)
    return true
  }

  /** Puts tokens in; what does not fit is lost. */
  put(tokens: number): void {
    // As long as nothing fails it is full, and nothing is written.
    if (this.#tokens < this.#capacity) this.#tokens = Math.min(this.#capacity, this.#tokens + tokens)
  }

  /** How long until there is a token, in milliseconds; 0 when there is one. */
  waitMs(): number {
    this.#refill()
    return this.#hasOne ? 0 : ((1 - this.#tokens) / this.#tokensPerSecond) * 1000
  }

  /** Sums of tenths come out a little short of a whole one. */
  get #hasOne(): boolean {
    return this.#tokens >= 1 - 1e-9
  }

  #refill(): void {
    const now = this.#clock.monotonicNow()
    if (now > this.#refilledAt) {
      const added = ((now - this.#refilledAt) / 1000) * this.#tokensPerSecond
      this.#tokens = Math.min(this.#capacity, this.#tokens + added)
    }
    this.#refilledAt = now
  }
}
