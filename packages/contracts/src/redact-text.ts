const redacted = '[redacted]'

/** What a credential looks like in free text; each pattern keeps what names it and drops what it is. */
const patterns: readonly (readonly [RegExp, string])[] = [
  // scheme://user:password@host
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${redacted}@`],
  // PEM blocks, also cut off ones
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, redacted],
  // Authorization header values
  [/\b(bearer|basic|negotiate|digest)\s+[\w+/=.~:-]{6,}/gi, `$1 ${redacted}`],
  // name=value, "name": "value", name: value
  [
    /((?:pass(?:word|phrase|wd)?|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|client[_-]?secret|credential|authorization|signature|session[_-]?key)["']?\s*[=:]\s*["']?)(?!\[redacted\])[^\s"'&,;)}\]]+/gi,
    `$1${redacted}`,
  ],
  // JSON Web Tokens
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, redacted],
  // vendor prefixes: AWS key ids, Vault and OpenBao tokens, GitHub, Slack, Stripe, Google
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, redacted],
  [/\b(?:hv[sbr]|gh[pousr]|xox[abprs]|[sr]k_(?:live|test))[._-][\w.-]{8,}/g, redacted],
  [/\bAIza[\w-]{30,}/g, redacted],
]

/**
 * Makes text from outside (a client library's message, a child's error) fit to be shown: credentials in URLs, headers,
 * `name=value` pairs, tokens with a known prefix and PEM keys become `[redacted]`, and what is left is cut at
 * `maxLength` characters (default 500). Pass the `secrets` known at the call site: they are removed wherever they stand.
 */
export const redactText = (text: string, options: RedactTextOptions = {}): string => {
  const { secrets = [], maxLength = 500 } = options
  let result = text
  for (const secret of secrets) if (secret.length > 0) result = result.split(secret).join(redacted)
  for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement)
  return result.length > maxLength ? `${result.slice(0, maxLength)}…` : result
}

/** Options of {@link redactText}. */
export interface RedactTextOptions {
  /** Exact texts to remove. */
  readonly secrets?: readonly string[]
  /** Longest result in UTF-16 code units. Default 500. */
  readonly maxLength?: number
}
