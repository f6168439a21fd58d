import { type Clock, HoldfastError, Secret } from '@holdfast/contracts'
import type { Login } from './auth-method.ts'
import { source, toHoldfastError } from './errors.ts'
import { isRefusal } from './vault-refusal.ts'
import type { VaultAnswer, VaultRequest, VaultTransport } from './vault-transport.ts'

/** What the server says of the life of a token. */
export interface TokenLife {
  /** Infinity for one that does not expire. */
  readonly leftMs: number
  readonly isRenewable: boolean
}

/** The requests about tokens, each of which ends by itself: they run in the background, where nobody gives up on them. */
export interface TokenRequests {
  logIn(login: Login): Promise<{ readonly secret: Secret; readonly leftMs: number }>
  lookUp(token: Secret): Promise<TokenLife>
  /** Answers what is left afterwards. */
  renew(token: Secret): Promise<number>
  revoke(token: Secret, signal: AbortSignal): Promise<void>
  /** Whether the token is one of the server's; undefined when it does not say. */
  isKnown(token: Secret): Promise<boolean | undefined>
}

/** Longest that one of them takes, in milliseconds. */
const timeoutMs = 10_000
/** The same for the end of a token, which somebody waits for who closes. */
const revocationTimeoutMs = 1000

/** Makes {@link TokenRequests}. */
export const createTokenRequests = (transport: VaultTransport, clock: Clock): TokenRequests => {
  const ask = async (request: Omit<VaultRequest, 'signals'>, signals: readonly AbortSignal[], limitMs: number) => {
    const late = new AbortController()
    const timer = clock.setTimer(() => late.abort(noAnswer()), limitMs)
    try {
      return await transport.ask({ ...request, signals: [...signals, late.signal] })
    } finally {
      timer.cancel()
    }
  }
  const lookUp = async (token: Secret): Promise<TokenLife> => {
    const { body } = await ask({ method: 'GET', path: 'auth/token/lookup-self', token }, [], timeoutMs)
    const data: unknown = Reflect.get(Object(body), 'data')
    return { leftMs: millisecondsOf(data, 'ttl'), isRenewable: Reflect.get(Object(data), 'renewable') === true }
  }
  return {
    async logIn({ mount, body }) {
      const path = `auth/${mount}/login`
      const given = tokenIn(await ask({ method: 'POST', path, body }, [], timeoutMs))
      if (given !== undefined) return given
      throw new HoldfastError({
        code: 'UNAUTHENTICATED',
        source,
        operation: 'login',
        message: `The log-in at ${path} was answered without a token.`,
        hint: 'Look at the auth method: it may ask for a second factor, which this driver cannot give.',
      })
    },
    lookUp,
    async renew(token) {
      const request = { method: 'POST', path: 'auth/token/renew-self', body: '{}', token } as const
      return tokenIn(await ask(request, [], timeoutMs))?.leftMs ?? 0
    },
    async revoke(token, signal) {
      const request = { method: 'POST', path: 'auth/token/revoke-self', body: '{}', token } as const
      await ask(request, [signal], revocationTimeoutMs)
    },
    async isKnown(token) {
      try {
        await lookUp(token)
        return true
      } catch (error) {
        // A known token that may not look itself up is refused with a list of errors, an unknown one with this alone.
        return isRefusal(error, 403, /^permission denied$|bad token|invalid token/) ? false : undefined
      }
    },
  }
}

/** A log-in that the server refused says what to look at; any other failure is that of the connection. */
export const toLoginError = (error: unknown, method: string): HoldfastError => {
  const translated = toHoldfastError(error, { operation: 'login' })
  if (!isRefusal(error) || ![400, 403, 404].includes(error.status)) return translated
  return new HoldfastError({
    code: 'UNAUTHENTICATED',
    source,
    operation: 'login',
    message: `The log-in with ${method} was refused: ${error.problems.join('; ')}.`,
    hint:
      translated.code === 'UNAUTHENTICATED'
        ? translated.hint
        : 'Check the role, what it is bound to, the mount of the auth method and the namespace.',
    details: { method, status: error.status },
    cause: error,
  })
}

/** Stands for the operating system's ETIMEDOUT, which comes after minutes only. */
const noAnswer = (): Error => Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })

const tokenIn = ({ body }: VaultAnswer): { readonly secret: Secret; readonly leftMs: number } | undefined => {
  const auth: unknown = Reflect.get(Object(body), 'auth')
  const text: unknown = Reflect.get(Object(auth), 'client_token')
  if (typeof text !== 'string' || text === '') return undefined
  return { secret: new Secret(text), leftMs: millisecondsOf(auth, 'lease_duration') }
}

/** Vault says 0 of what does not end. */
const millisecondsOf = (value: unknown, name: string): number => {
  const seconds: unknown = Reflect.get(Object(value), name)
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY
}
