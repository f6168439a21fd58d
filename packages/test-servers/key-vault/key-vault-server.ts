import { createServer, type Server } from 'node:https'
import type { IdentityEndpoint } from './identity-endpoint.ts'
import type { Journal } from './journal.ts'
import { actionOf, answerVaultRequest, type VaultAnswer } from './vault-routes.ts'
import { createVaultState, type VaultChange, VaultRefusal } from './vault-state.ts'

/** What the server is made of. */
export interface KeyVaultServerOptions {
  readonly key: string
  readonly certificate: string
  readonly identity: IdentityEndpoint
  /** Where the secrets are kept. */
  readonly journal: Journal<VaultChange>
}

/** Whose vault it is: clients ask for a token of this tenant. */
const tenantId = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'

/**
 * Makes an HTTPS server that speaks the REST interface of Key Vault secrets strictly. It is a fake: what it does is what
 * the documentation says, and `AZURE_KEY_VAULT_URL` runs the same suites on a real vault.
 *
 * `POST /test/…` scripts it: `expire-tokens?lifetime=60`; `deny?action=getSecret` and `allow`; `throttle?times=2&retryAfter=3`.
 */
export const createKeyVaultServer = ({ key, certificate, identity, journal }: KeyVaultServerOptions): Server => {
  const state = createVaultState(journal)
  const denied = new Set<string>()
  let throttled = { times: 0, retryAfter: '1' }

  const script = (url: URL): VaultAnswer => {
    const command = url.pathname.slice('/test/'.length)
    if (command === 'state') {
      // Only the answer is asked for.
    } else if (command === 'expire-tokens') identity.expireAll(Number(url.searchParams.get('lifetime') ?? 60))
    else if (command === 'deny') denied.add(url.searchParams.get('action') ?? '')
    else if (command === 'allow') denied.clear()
    else if (command === 'throttle') {
      throttled = {
        times: Number(url.searchParams.get('times')),
        retryAfter: url.searchParams.get('retryAfter') ?? '1',
      }
    } else throw new VaultRefusal(404, 'NotFound', 'There is no such test command.')
    return { status: 200, body: { issued: identity.issued() } }
  }

  return createServer({ key, cert: certificate }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const host = request.headers.host ?? 'localhost'
      const url = new URL(request.url ?? '/', `https://${host}`)
      const method = request.method ?? 'GET'
      const answer = ({ status, body }: VaultAnswer, headers: Readonly<Record<string, string>> = {}): void => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
        response.end(body === undefined ? undefined : JSON.stringify(body))
      }
      const refuse = (
        { status, code, message, innerCode }: VaultRefusal,
        headers: Readonly<Record<string, string>> = {},
      ): void => {
        const inner = innerCode === undefined ? {} : { innererror: { code: innerCode } }
        answer({ status, body: { error: { code, message, ...inner } } }, headers)
      }
      try {
        if (url.pathname.startsWith('/test/')) return answer(script(url))
        const token = identity.check(request.headers.authorization)
        if (token !== 'good') {
          return refuse(
            new VaultRefusal(
              401,
              'Unauthorized',
              token === 'missing'
                ? 'AKV10000: Request is missing a Bearer or PoP token.'
                : 'AKV10022: Invalid or expired token.',
            ),
            {
              'www-authenticate': `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="https://vault.azure.net"`,
            },
          )
        }
        if (throttled.times > 0) {
          throttled.times -= 1
          return refuse(
            new VaultRefusal(429, 'Throttled', 'Request was not processed because too many requests were received.'),
            { 'retry-after': throttled.retryAfter },
          )
        }
        const action = actionOf({ method, url })
        if (denied.has(action)) {
          return refuse(
            new VaultRefusal(
              403,
              'Forbidden',
              `Caller is not authorized to perform action on resource.\r\nAction: 'Microsoft.KeyVault/vaults/secrets/${action}/action'`,
              'ForbiddenByRbac',
            ),
          )
        }
        answer(answerVaultRequest(state, { method, url, body: Buffer.concat(chunks).toString('utf8') }))
      } catch (error) {
        refuse(error instanceof VaultRefusal ? error : new VaultRefusal(500, 'InternalServerError', String(error)))
      }
    })
  })
}
