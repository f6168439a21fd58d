/** Longest text a rule looks at, in characters: far above every key, token and password in use. */
const maxTextLength = 65_536

/** Says what is wrong with a field that must hold some text without control characters. */
export const lineProblem = (value: string | number): string | undefined => {
  const text = String(value)
  if (text.length === 0) return 'is empty'
  if (text.length > maxTextLength) return `is longer than ${maxTextLength} characters`
  return /\p{Cc}/u.test(text) ? 'contains a line break or another control character' : undefined
}

/** Says what is wrong with a key or token: visible ASCII without spaces, as HTTP headers need it (RFC 9110, section 5.5). */
export const tokenProblem = (value: string | number): string | undefined => {
  const text = String(value)
  if (text.length === 0) return 'is empty'
  if (text.length > maxTextLength) return `is longer than ${maxTextLength} characters`
  return /^[\x21-\x7e]+$/.test(text) ? undefined : 'contains a space, a line break or a character outside ASCII'
}

/** Says what is wrong with an absolute http or https URL; one with a user or password in it is refused, for it would be a second secret. */
export const webAddressProblem = (value: string | number): string | undefined => {
  const url = URL.parse(String(value))
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'must be an http or https URL'
  return url.username !== '' || url.password !== '' ? 'must not contain a user name or password' : undefined
}
