import { abortable, type Clock, HoldfastError, type Logger, type Metrics, Secret } from '@holdfast/contracts'
import type { AuthMethod } from './auth-method.ts'
import { source, toHoldfastError } from './errors.ts'
import { createTokenRenewal } from './token-renewal.ts'
import { createTokenRequests, toLoginError } from './token-requests.ts'
import type { VaultTransport } from './vault-transport.ts'

/** A token with what is known of its life. */
export interface HeldToken {
  readonly secret: Secret
  /** Logged in for by this process, which ends it when it closes. */
  readonly isOwn: boolean
  /** When it ends, on the monotonic clock; Infinity: never; undefined before anybody has asked. */
  expiresAtMs?: number
}

/** What a {@link TokenKeeper} is made of. */
export interface TokenKeeperOptions {
  readonly transport: VaultTransport
  readonly auth: AuthMethod
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: Metrics | undefined
  /** Absent: tokens are not renewed, for what asks seldom. */
  readonly renewal?: { readonly checkIntervalMs: number; readonly renewBelowMs: number } | undefined
}

/** Has a valid token at hand for as long as that is possible. */
export interface TokenKeeper {
  readonly method: AuthMethod['name']
  /** The token; undefined when there is none, or one that has expired and can be replaced. */
  held(): HeldToken | undefined
  /** Gets a token; many callers cause one log-in. Errors: UNAUTHENTICATED, and those of the connection. */
  acquire(operation: string, signal?: AbortSignal): Promise<HeldToken>
  /**
   * What to make of a 403: `replaced` when another token is held now and the request may be repeated with it, `invalid`
   * when the token is not one of the server's, `denied` when it is and may not do this.
   */
  judge(refused: HeldToken, operation: string, signal?: AbortSignal): Promise<'replaced' | 'invalid' | 'denied'>
  /** Ends the renewal, and with it a token of its own unless the signal is aborted first. */
  stop(signal: AbortSignal): Promise<void>
}

/** No log-in is tried again this soon after one that was refused, in milliseconds: a wrong secret id must not flood the server. */
const refusalPauseMs = 1000

/** Makes a {@link TokenKeeper}. */
export const createTokenKeeper = (options: TokenKeeperOptions): TokenKeeper => {
  const { transport, auth, clock, logger, metrics } = options
  const requests = createTokenRequests(transport, clock)
  const logins = metrics?.counter({
    name: 'holdfast_vault_logins_total',
    help: 'Log-ins to Vault.',
    labels: ['outcome'],
  })
  const succeeded = logins?.bind({ outcome: 'succeeded' })
  const failed = logins?.bind({ outcome: 'failed' })
  let current: HeldToken | undefined
  let acquiring: Promise<HeldToken> | undefined
  let isStopped = false
  let refusal: { readonly error: HoldfastError; readonly untilMs: number } | undefined

  const logIn = async (): Promise<HeldToken> => {
    const acquired = await auth.acquire()
    if (Secret.is(acquired)) return { secret: acquired, isOwn: false }
    const { secret, leftMs } = await requests.logIn(acquired)
    succeeded?.add()
    logger.info({ event: 'login.succeeded', method: auth.name, expiresInMs: leftMs }, 'logged in to Vault')
    return { secret, isOwn: true, expiresAtMs: clock.monotonicNow() + leftMs }
  }
  const replace = async (): Promise<HeldToken> => {
    if (refusal !== undefined && clock.monotonicNow() < refusal.untilMs) throw refusal.error
    try {
      const token = await logIn()
      refusal = undefined
      // Nobody will end a token that comes after the end.
      if (isStopped) await end(token, AbortSignal.any([]))
      else current = token
      renewal?.schedule()
      return token
    } catch (thrown) {
      const error = toLoginError(thrown, auth.name)
      failed?.add()
      logger.error({ event: 'login.failed', method: auth.name, code: error.code }, error.message)
      if (error.code === 'UNAUTHENTICATED') refusal = { error, untilMs: clock.monotonicNow() + refusalPauseMs }
      throw error
    }
  }
  const end = async (token: HeldToken, signal: AbortSignal): Promise<void> => {
    if (!token.isOwn || signal.aborted) return
    try {
      await requests.revoke(token.secret, signal)
    } catch (error) {
      const { code } = toHoldfastError(error, { operation: 'close' })
      logger.debug({ event: 'token.revocation-failed', code }, 'the Vault token was not ended; it expires by itself')
    }
  }
  const keeper: TokenKeeper = {
    method: auth.name,
    held() {
      // One that cannot be replaced is sent all the same: whether it has expired is the server's to say.
      if (current?.expiresAtMs === undefined || !auth.canReplace) return current
      return clock.monotonicNow() < current.expiresAtMs ? current : undefined
    },
    acquire(operation, signal) {
      acquiring ??= replace().finally(() => {
        acquiring = undefined
      })
      const mine = acquiring.catch((error: unknown) => {
        throw forCaller(error, operation)
      })
      return abortable(mine, signal, { source, operation })
    },
    async judge(refused, operation, signal) {
      if (current !== undefined && current !== refused) return 'replaced'
      const isKnown = await abortable(requests.isKnown(refused.secret), signal, { source, operation })
      if (isKnown !== false) return 'denied'
      if (!auth.canReplace) return 'invalid'
      const token = current !== undefined && current !== refused ? current : await keeper.acquire(operation, signal)
      return token.secret.equals(refused.secret) ? 'invalid' : 'replaced'
    },
    async stop(signal) {
      isStopped = true
      renewal?.stop()
      const token = current
      current = undefined
      if (token !== undefined) await end(token, signal)
    },
  }
  const renewal =
    options.renewal === undefined
      ? undefined
      : createTokenRenewal({ ...options, ...options.renewal, requests, keeper, current: () => current })
  renewal?.schedule()
  return keeper
}

/** One log-in fails for many callers; each is told of its own call. */
const forCaller = (error: unknown, operation: string): HoldfastError => {
  const { code, message, hint, reason, retryable, retryAfterMs, details } = toLoginError(error, 'login')
  return new HoldfastError({
    code,
    source,
    operation,
    // An error's message ends with its hint, and the new one adds it again.
    message: message.slice(0, -hint.length).trimEnd(),
    hint,
    retryable,
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    details,
    cause: error,
  })
}
