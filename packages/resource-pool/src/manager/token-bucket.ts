/** Microseconds of a second: time is counted in whole ones, so that nothing is lost or gained by adding it up. */
const second = 1_000_000
/** After how long the count begins again from a later moment, so that its numbers stay small. */
const longUs = 3600 * second

/**
 * Tokens that come at a rate, up to those of one second: over any time there are never more of them than that room and what
 * came in the time. What is taken is counted from one moment on instead of being added up bit by bit, so nothing drifts.
 */
export class TokenBucket {
  #perSecond: number
  #room: number
  /** When it was full, in microseconds. */
  #fullAt: number
  /** Tokens taken since. */
  #taken = 0

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#room = Math.max(1, perSecond)
    this.#fullAt = microseconds(nowMs)
  }

  /** Changes the rate; what has come until now stays, as far as there is room. */
  setRate(perSecond: number, nowMs: number): void {
    if (perSecond === this.#perSecond) return
    const left = this.#level(microseconds(nowMs))
    this.#perSecond = perSecond
    this.#room = Math.max(1, perSecond)
    this.#fullAt = microseconds(nowMs)
    this.#taken = Math.max(0, this.#room - left)
  }

  /** How long until there is a token: 0 if there is one. Whole milliseconds, after which there is one for sure. */
  waitMs(nowMs: number): number {
    const now = microseconds(nowMs)
    this.#refill(now)
    return Math.max(0, Math.ceil((this.#readyAt(this.#taken + 1 - this.#room) - now) / 1000))
  }

  /** Takes a token if there is one. */
  take(nowMs: number): boolean {
    if (this.waitMs(nowMs) > 0) return false
    this.#taken += 1
    return true
  }

  /** When it will be as if nothing had ever been taken. */
  fullAtMs(nowMs: number): number {
    this.#refill(microseconds(nowMs))
    return this.#readyAt(this.#taken) / 1000
  }

  #readyAt(tokens: number): number {
    return this.#fullAt + Math.ceil((tokens * second) / this.#perSecond)
  }

  #level(now: number): number {
    this.#refill(now)
    return this.#room - this.#taken + ((now - this.#fullAt) * this.#perSecond) / second
  }

  #refill(now: number): void {
    const elapsed = now - this.#fullAt
    if (now >= this.#readyAt(this.#taken)) {
      this.#fullAt = now
      this.#taken = 0
    } else if (elapsed >= longUs) {
      const seconds = Math.floor(elapsed / second)
      this.#fullAt += seconds * second
      this.#taken -= seconds * this.#perSecond
    }
  }
}

const microseconds = (ms: number): number => Math.round(ms * 1000)
