import type { Clock } from '@holdfast/contracts'

/** Tokens that are taken one at a time and come back with time. */
export interface TokenBucket {
  /** Takes a token if there is one. */
  take(): boolean
  /** Puts tokens in; what does not fit is lost. */
  put(tokens: number): void
  /** How long until there is a token, in milliseconds; 0 when there is one. */
  waitMs(): number
}

/** Makes a full bucket. A clock that jumps back gives no tokens, and takes none. */
export const createTokenBucket = (capacity: number, tokensPerSecond: number, clock: Clock): TokenBucket => {
  let tokens = capacity
  let refilledAt = clock.monotonicNow()

  const refill = (): void => {
    const now = clock.monotonicNow()
    if (now > refilledAt) tokens = Math.min(capacity, tokens + ((now - refilledAt) / 1000) * tokensPerSecond)
    refilledAt = now
  }
  return {
    take() {
      refill()
      // Sums of tenths come out a little short of a whole one.
      if (tokens < 1 - 1e-9) return false
      tokens = Math.max(0, tokens - 1)
      return true
    },
    put(added) {
      tokens = Math.min(capacity, tokens + added)
    },
    waitMs() {
      refill()
      return tokens >= 1 - 1e-9 ? 0 : ((1 - tokens) / tokensPerSecond) * 1000
    },
  }
}
