import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { Journal } from './journal.ts'

/** Hands out tokens as the managed identity endpoint of App Service does, and knows which of them are good. */
export interface IdentityEndpoint {
  readonly server: Server
  /** The header without which it answers nothing. */
  readonly secret: string
  /** Whether a request with this Authorization header may pass, and if not why. */
  check(authorization: string | undefined): 'good' | 'missing' | 'expired'
  /** Makes every token that was handed out useless, and says of new ones that they live this long. */
  expireAll(lifetimeSeconds: number): void
  /** How many tokens were handed out. */
  readonly issued: () => number
}

/** How long a token is said to live at first, in seconds: as long as the service says. */
const usualLifetimeSeconds = 86_400

/** What the endpoint has done: its header was chosen, a token was handed out, all of them became useless. */
export type IdentityEvent = { readonly secret: string } | { readonly token: string } | { readonly expired: true }

/** Makes the endpoint with what is in the journal; it listens when its server does. */
export const createIdentityEndpoint = (journal: Journal<IdentityEvent>): IdentityEndpoint => {
  const good = new Set<string>()
  let secret = ''
  let issued = 0
  const apply = (event: IdentityEvent): void => {
    if ('secret' in event) secret = event.secret
    else if ('expired' in event) good.clear()
    else {
      good.add(event.token)
      issued += 1
    }
  }
  const make = (event: IdentityEvent): void => {
    journal.append(event)
    apply(event)
  }
  for (const event of journal.entries) apply(event)
  if (secret === '') make({ secret: randomBytes(16).toString('hex') })
  let lifetimeSeconds = usualLifetimeSeconds
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (request.headers['x-identity-header'] !== secret) return answer(401, { statusCode: 401, message: 'Bad header.' })
    if (url.searchParams.get('resource') !== 'https://vault.azure.net') {
      return answer(400, { statusCode: 400, message: 'The resource is unknown.' })
    }
    const token = `planted-token-${randomBytes(24).toString('hex')}`
    make({ token })
    answer(200, {
      access_token: token,
      expires_on: String(Math.floor(Date.now() / 1000) + lifetimeSeconds),
      resource: 'https://vault.azure.net',
      token_type: 'Bearer',
    })
  })
  return {
    server,
    secret,
    check(authorization) {
      const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
      if (token === undefined) return 'missing'
      return good.has(token) ? 'good' : 'expired'
    },
    expireAll(seconds) {
      make({ expired: true })
      lifetimeSeconds = seconds
    },
    issued: () => issued,
  }
}
