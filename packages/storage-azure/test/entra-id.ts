import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { generate } from 'selfsigned'

/** What an application sends to get a token. */
export type TokenRequest = Readonly<Record<string, string>>

/** Options of {@link startEntraId}. */
export interface EntraIdOptions {
  /** The token for an application that has shown who it is; undefined: it is refused. */
  readonly tokenFor: (request: TokenRequest, tenantId: string) => Promise<string | undefined>
}

/** The log-in of Azure, as far as applications need it, on loopback. */
export interface EntraId extends AsyncDisposable {
  /** The proxy that leads to it, for HTTPS_PROXY: clients connect to login.microsoftonline.com by it and to nothing else. */
  readonly proxyUrl: string
  /** Its certificate as PEM, to be trusted. */
  readonly certificate: string
  /** The hosts that clients have asked the proxy for. */
  readonly hosts: ReadonlySet<string>
}

const host = 'login.microsoftonline.com'
const jsonType = { 'content-type': 'application/json' }

/**
 * Starts a fake of the token service (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow)
 * behind a proxy, so that the real identity library speaks to it by the name it insists on.
 */
export const startEntraId = async ({ tokenFor }: EntraIdOptions): Promise<EntraId> => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: host }] },
    ],
  })
  const authority = createServer({ key, cert }, async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', `https://${host}`)
    const [, tenantId = ''] = pathname.split('/')
    if (pathname.endsWith('/openid-configuration')) {
      const base = `https://${host}/${tenantId}`
      const configuration = {
        issuer: `${base}/v2.0`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
      }
      response.writeHead(200, jsonType).end(JSON.stringify(configuration))
      return
    }
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const isTokens = request.method === 'POST' && pathname.endsWith('/oauth2/v2.0/token')
    const asked: TokenRequest = Object.fromEntries(new URLSearchParams(body))
    const token = isTokens ? await tokenFor(asked, tenantId) : undefined
    if (token === undefined) {
      const refusal = { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' }
      response.writeHead(401, jsonType).end(JSON.stringify(refusal))
    } else {
      const granted = { token_type: 'Bearer', expires_in: 3599, access_token: token }
      response.writeHead(200, jsonType).end(JSON.stringify(granted))
    }
  }).listen(0, '127.0.0.1')
  const hosts = new Set<string>()
  const tunnels = new Set<{ destroy(): unknown }>()
  const proxy = createHttpServer()
    .on('connect', (request, socket) => {
      hosts.add(request.url ?? '')
      if (request.url !== `${host}:443`) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      const inward = connect(portOf(authority.address()), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
        inward.pipe(socket).pipe(inward)
      })
      for (const end of [inward, socket]) {
        tunnels.add(end)
        end.on('error', () => inward.destroy()).on('close', () => tunnels.delete(end))
      }
    })
    .listen(0, '127.0.0.1')
  await Promise.all([authority, proxy].map((server) => once(server, 'listening')))
  return {
    proxyUrl: `http://127.0.0.1:${portOf(proxy.address())}`,
    certificate: cert,
    hosts,
    async [Symbol.asyncDispose]() {
      for (const end of tunnels) end.destroy()
      await Promise.all([authority, proxy].map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0
