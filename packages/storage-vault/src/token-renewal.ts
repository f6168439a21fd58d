import type { Clock, Logger, Metrics, Timer } from '@holdfast/contracts'
import type { AuthMethod } from './auth-method.ts'
import { toHoldfastError } from './errors.ts'
import type { HeldToken, TokenKeeper } from './token-keeper.ts'
import type { TokenRequests } from './token-requests.ts'

/** What a {@link TokenRenewal} is made of. */
export interface TokenRenewalOptions {
  readonly requests: TokenRequests
  readonly keeper: Pick<TokenKeeper, 'acquire'>
  /** The token that is held, also one that has expired. */
  readonly current: () => HeldToken | undefined
  readonly auth: AuthMethod
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: Metrics | undefined
  readonly checkIntervalMs: number
  readonly renewBelowMs: number
}

/** Looks at the life of the token now and then in the background, and renews it or logs in again before it ends. */
export interface TokenRenewal {
  /** Sets the timer of the next look anew: another token is held. The timer keeps no process alive. */
  schedule(): void
  stop(): void
}

/** The first look at a token whose life nobody knows comes this soon, in milliseconds: it may have little left. */
const firstLookMs = 1000

/** No two looks come sooner after each other, however little is left of the token, in milliseconds. */
const shortestDelayMs = 500

/** Makes a {@link TokenRenewal}. */
export const createTokenRenewal = (options: TokenRenewalOptions): TokenRenewal => {
  const { requests, keeper, current, auth, clock, logger, metrics, checkIntervalMs, renewBelowMs } = options
  const renewals = metrics?.counter({
    name: 'holdfast_vault_token_renewals_total',
    help: 'Renewals of the Vault token.',
    labels: ['outcome'],
  })
  const succeeded = renewals?.bind({ outcome: 'succeeded' })
  const failed = renewals?.bind({ outcome: 'failed' })
  let timer: Timer | undefined
  let isStopped = false

  /** Answers what is left afterwards; what was left before when the server refuses. */
  const renew = async (token: HeldToken, leftMs: number): Promise<number> => {
    try {
      const renewedMs = await requests.renew(token.secret)
      token.expiresAtMs = clock.monotonicNow() + renewedMs
      succeeded?.add()
      logger.info({ event: 'token.renewed', method: auth.name, expiresInMs: renewedMs }, 'the Vault token was renewed')
      return renewedMs
    } catch (error) {
      failed?.add()
      const { code, message } = toHoldfastError(error, { operation: 'renew' })
      logger.warn({ event: 'token.renewal-failed', method: auth.name, code }, message)
      return leftMs
    }
  }

  const look = async (token: HeldToken): Promise<void> => {
    const { leftMs, isRenewable } = await requests.lookUp(token.secret)
    token.expiresAtMs = clock.monotonicNow() + leftMs
    if (leftMs >= renewBelowMs) return
    if (isRenewable && (await renew(token, leftMs)) > leftMs) return
    // It has reached the longest life it can have.
    if (auth.canReplace) {
      await keeper.acquire('login')
      return
    }
    logger.warn(
      { event: 'token.expiring', method: auth.name, expiresInMs: leftMs },
      'the Vault token ends and cannot be renewed any further: give a new one in time',
    )
  }

  const run = async (): Promise<void> => {
    try {
      // A given token is read before anybody has asked for it; a log-in waits until somebody does.
      const token = current() ?? (auth.canReplace ? undefined : await keeper.acquire('login'))
      if (token !== undefined) await look(token)
    } catch (error) {
      if (isStopped) return
      const { code, message } = toHoldfastError(error, { operation: 'lookup' })
      logger.warn({ event: 'token.look-failed', method: auth.name, code }, message)
    }
    schedule()
  }

  const schedule = (): void => {
    timer?.cancel()
    if (!isStopped) timer = clock.setTimer(() => void run(), delayMs())
  }

  /** The interval, or half of what is left of the token when that is sooner. */
  const delayMs = (): number => {
    const token = current()
    if (token === undefined && auth.canReplace) return checkIntervalMs
    if (token?.expiresAtMs === undefined) return Math.min(checkIntervalMs, firstLookMs)
    const leftMs = token.expiresAtMs - clock.monotonicNow()
    return leftMs > 0 ? Math.min(checkIntervalMs, Math.max(shortestDelayMs, leftMs / 2)) : checkIntervalMs
  }

  return {
    schedule,
    stop() {
      isStopped = true
      timer?.cancel()
    },
  }
}
