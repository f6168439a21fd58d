import {
  type CallSite,
  type Clock,
  cancellationError,
  HoldfastError,
  systemClock,
  type Timer,
  throwIfAborted,
} from '@holdfast/contracts'

/** What waits for its turn. */
export interface WriteTurn extends CallSite {
  readonly signal?: AbortSignal | undefined
  /** When the call must be over, on the monotonic clock. */
  readonly deadline?: number | undefined
}

/** Lets writes through at the rate that AWS takes from an account, in the order in which they came. */
export interface WriteLimiter {
  /**
   * Resolves when a write may be sent. Rejects with RATE_LIMITED at once when its turn would come after the deadline of
   * the call or of the queue (`retryAfterMs` says when it would), and like every call when its signal is aborted.
   */
  take(turn: WriteTurn): Promise<void>
  /** How many writes wait. */
  readonly waiting: number
}

/** Options of {@link createWriteLimiter}. */
export interface WriteLimiterOptions {
  /** Writes for each second in the long run. */
  readonly perSecond: number
  /** How many writes may be sent at once after a pause. Default: `perSecond`. */
  readonly burst?: number | undefined
  /** How long a write may wait, in milliseconds. Default 30,000. */
  readonly maxWaitMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** What all writes of an account in one region may be together for each second (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). */
export const defaultWritesPerSecond = 50

interface Waiter {
  readonly go: () => void
}

/** Makes a {@link WriteLimiter}: a bucket of tokens and a queue. Hand one to all storages of an account and region. */
export const createWriteLimiter = ({
  perSecond,
  burst = perSecond,
  maxWaitMs = 30_000,
  clock = systemClock,
}: WriteLimiterOptions): WriteLimiter => {
  const queue = new Set<Waiter>()
  let tokens = burst
  let refilledAt = clock.monotonicNow()
  let timer: Timer | undefined

  const refill = (): void => {
    const now = clock.monotonicNow()
    tokens = Math.min(burst, tokens + ((now - refilledAt) * perSecond) / 1000)
    refilledAt = now
  }
  const waitMsOf = (place: number): number => Math.max(0, ((place - tokens) * 1000) / perSecond)
  const serve = (): void => {
    timer = undefined
    refill()
    for (const waiter of queue) {
      if (tokens < 1) break
      tokens -= 1
      queue.delete(waiter)
      waiter.go()
    }
    arm()
  }
  const arm = (): void => {
    if (queue.size === 0) {
      timer?.cancel()
      timer = undefined
    } else timer ??= clock.setTimer(serve, Math.ceil(waitMsOf(1)), { keepAlive: true })
  }

  return {
    get waiting() {
      return queue.size
    },
    async take({ signal, deadline, source, operation }) {
      throwIfAborted(signal, { source, operation })
      refill()
      if (queue.size === 0 && tokens >= 1) {
        tokens -= 1
        return
      }
      const waitMs = waitMsOf(queue.size + 1)
      if (waitMs > maxWaitMs || (deadline !== undefined && clock.monotonicNow() + waitMs > deadline)) {
        throw new HoldfastError({
          code: 'RATE_LIMITED',
          source,
          operation,
          message: `${operation} would have to wait ${Math.ceil(waitMs)} ms for its turn: ${queue.size} writes are before it.`,
          hint: `At most ${perSecond} writes are sent for each second; write less often, or give the call more time.`,
          retryAfterMs: Math.ceil(waitMs),
        })
      }
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = {
          go() {
            signal?.removeEventListener('abort', onAbort)
            resolve()
          },
        }
        const onAbort = (): void => {
          queue.delete(waiter)
          arm()
          // Only called by this signal.
          if (signal !== undefined) reject(cancellationError(signal, { source, operation }))
        }
        queue.add(waiter)
        signal?.addEventListener('abort', onAbort, { once: true })
        arm()
      })
    },
  }
}
