import type { CredentialKind } from './credential-kind.ts'
import { defineKind } from './define-kind.ts'
import { jwtExpiry } from './jwt-expiry.ts'
import { readFields } from './read-fields.ts'
import { lineProblem, tokenProblem, webAddressProblem } from './text-rules.ts'

/** A bearer token, with what it takes to get the next one where the issuer gives that (RFC 6749). */
export interface BearerCredential {
  readonly accessToken: string
  readonly refreshToken?: string
  /** Where the refresh token is exchanged. */
  readonly tokenUrl?: string
  readonly clientId?: string
  readonly clientSecret?: string
  /** Scopes separated by spaces, as OAuth writes them. */
  readonly grantedScopes?: string
}

/**
 * A bearer or OAuth2 token. Text is taken as the access token. The expiry of a JSON Web Token is taken from its `exp`
 * claim unless it can be refreshed: then the credential outlives its access token.
 */
export const bearer: CredentialKind<BearerCredential> = defineKind<BearerCredential>({
  name: 'bearer',
  read: (value) => {
    const { fields, problems } = readFields(typeof value === 'string' ? { accessToken: value } : value, {
      accessToken: { type: 'string', check: tokenProblem },
      refreshToken: { type: 'string', optional: true, check: tokenProblem },
      tokenUrl: { type: 'string', optional: true, check: webAddressProblem },
      clientId: { type: 'string', optional: true, check: lineProblem },
      clientSecret: { type: 'string', optional: true, check: lineProblem },
      grantedScopes: { type: 'string', optional: true, check: lineProblem },
    })
    if (problems !== undefined) return { problems }
    const accessToken = String(fields.accessToken)
    return {
      // readFields has kept only these fields, each a string, and accessToken is among them.
      value: { ...fields, accessToken } as BearerCredential,
      expiresAt: fields.refreshToken === undefined ? jwtExpiry(accessToken) : undefined,
    }
  },
})
