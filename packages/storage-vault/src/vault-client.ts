import { readFileSync } from 'node:fs'
import {
  type Clock,
  cancellationError,
  createProblems,
  type Logger,
  silentLogger,
  systemClock,
} from '@holdfast/contracts'
import type { z } from 'zod'
import { createAuthMethod } from './auth-method.ts'
import { type FailureSite, source, tokenRefused } from './errors.ts'
import { createHttpClient, type HttpRequest } from './http-client.ts'
import type { vaultConnectionSchema } from './options.ts'
import { createTokenKeeper, type HeldToken, type TokenKeeper } from './token-keeper.ts'
import { isRefusal } from './vault-refusal.ts'
import { createVaultTransport, type VaultAnswer, type VaultTransport } from './vault-transport.ts'

/** A call of a server's API, and what its errors say. */
export interface VaultCall extends FailureSite {
  readonly method: HttpRequest['method']
  /** Below `/v1/`. */
  readonly path: string
  readonly query?: string
  readonly body?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Asks a server with a token that is looked after. */
export interface VaultClient {
  readonly clock: Clock
  readonly logger: Logger
  readonly transport: VaultTransport
  readonly tokens: TokenKeeper
  /**
   * Rejects with a VaultRefusal where callers tell refusals apart, for everything else with a HoldfastError. A token that is
   * no longer valid is replaced, where it can be, and the call repeated once.
   */
  call(call: VaultCall): Promise<VaultAnswer>
  /** Ends the token, if it was logged in for and the signal leaves time, and the connections. */
  close(signal: AbortSignal): Promise<void>
}

/** Options of {@link createVaultClient}. */
export interface VaultClientOptions extends Omit<z.output<typeof vaultConnectionSchema>, 'renewal'> {
  /** Absent: tokens are not renewed in the background. */
  readonly renewal?: { readonly checkIntervalMs: number; readonly renewBelowMs: number } | undefined
}

/** Makes a {@link VaultClient} of checked options. */
export const createVaultClient = (options: VaultClientOptions): VaultClient => {
  const { clock = systemClock, logger = silentLogger, metrics, renewal } = options
  const http = createHttpClient({
    address: options.address,
    ca: certificatesOf(options),
    serverName: options.serverName,
    acceptAnyCertificate: options.acceptAnyCertificate,
  })
  const transport = createVaultTransport(http, options.namespace, () => clock.wallNow())
  const tokens = createTokenKeeper({
    transport,
    auth: createAuthMethod(options.auth),
    clock,
    logger,
    ...(metrics === undefined ? {} : { metrics }),
    renewal,
  })
  const ask = (call: VaultCall, token: HeldToken): Promise<VaultAnswer> => {
    const { method, path, query = '', body, signal } = call
    const signals = signal === undefined ? [] : [signal]
    return transport.ask({ method, path, query, body, token: token.secret, signals })
  }
  const attempt = async (call: VaultCall): Promise<VaultAnswer> => {
    const { operation, signal } = call
    const token = tokens.held() ?? (await tokens.acquire(operation, signal))
    try {
      return await ask(call, token)
    } catch (error) {
      if (!isRefusal(error, 403)) throw error
      // The server gives the same answer to a token it does not know and to one that may not do this.
      const verdict = await tokens.judge(token, operation, signal)
      if (verdict === 'invalid') throw tokenRefused(call, tokens.method, error)
      const again = verdict === 'replaced' ? tokens.held() : undefined
      if (again === undefined) throw error
      return await ask(call, again)
    }
  }
  return {
    clock,
    logger,
    transport,
    tokens,
    async call(call) {
      try {
        return await attempt(call)
      } catch (error) {
        const { signal, operation } = call
        throw signal?.aborted === true ? cancellationError(signal, { source, operation }) : error
      }
    },
    async close(signal) {
      await tokens.stop(signal)
      transport.close()
    },
  }
}

/** The certificates to trust; a file is read once, so that what is wrong with it is known at once. */
const certificatesOf = ({ ca, caFile }: Pick<VaultClientOptions, 'ca' | 'caFile'>): string | undefined => {
  if (caFile === undefined) return ca
  const problems = createProblems(source, 'caFile')
  let text = ''
  try {
    text = readFileSync(caFile, 'utf8')
  } catch (error) {
    const code: unknown = Reflect.get(Object(error), 'code')
    problems.require(false, 'caFile', caFile, `a file that can be read (${String(code)})`)
  }
  problems.throwIfAny()
  problems.require(text.includes('-----BEGIN CERTIFICATE-----'), 'caFile', caFile, 'a file with certificates in PEM')
  problems.throwIfAny()
  return text
}
