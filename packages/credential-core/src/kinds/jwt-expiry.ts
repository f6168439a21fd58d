import { toTimestamp } from '@holdfast/contracts'

/** Last moment a JavaScript date can name, in seconds since 1970 (ECMA-262, 21.4.1.1). */
const maxSeconds = 8_640_000_000_000

/** When a JSON Web Token says it expires (RFC 7519, section 4.1.4), or undefined when the token is none or does not say. Nothing is verified. */
export const jwtExpiry = (token: string): string | undefined => {
  const payload = token.split('.')[1]
  if (payload === undefined || !token.startsWith('eyJ')) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const expiry: unknown = typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'exp') : undefined
    return typeof expiry === 'number' && Math.abs(expiry) <= maxSeconds ? toTimestamp(expiry * 1000) : undefined
  } catch {
    // Not a JSON Web Token after all: an opaque token says nothing about its end.
    return undefined
  }
}
