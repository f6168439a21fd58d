const redacted = '[redacted]'

/** Names whose value is a credential, wherever they stand in a longer name: `DB_PASSWORD`, `clientSecret`, `x-vault-token`. */
const secretName =
  'pass(?:word|phrase|wd)?|pwd|secret|token|(?:api|access|account|private|session|master|encryption)[_-]?key(?:[_-]?id)?|credential|signature'

const namesSecret = new RegExp(`(?:${secretName})$`, 'i')

/** Whether a value under this name is to be kept from sight. */
export const isSecretName = (name: string): boolean => namesSecret.test(name)

/** Text beyond this many UTF-16 code units is dropped unread, because the stack of a regular expression is limited too. */
const maxInputLength = 2 ** 20

type Redaction = readonly [RegExp, string | ((match: string) => string)]

/**
 * What a credential looks like in free text; each pattern keeps what names it and drops what it is. Every pattern takes
 * what it has read once it has begun, and none looks for something that may be missing further on: hostile text costs
 * time in proportion to its length. When in doubt they drop too much.
 */
const redactions: readonly Redaction[] = [
  // scheme://user:password@host; passwords hold unescaped @ and / often enough, so everything up to the last @ goes
  [/[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'<>]+/gi, (url) => withoutUserInformation(url)],
  // PEM blocks, also cut off ones
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g, redacted],
  // headers whose whole value is a credential
  [/((?:authorization|cookie)\\*["']?\s*[=:]\s*\\*["']?)[^\r\n"']+/gi, `$1${redacted}`],
  [/\b(bearer|basic|negotiate|digest)\s+[\w+/=.~:-]{6,}/gi, `$1 ${redacted}`],
  // name="value", also as JSON, and as JSON inside JSON
  [
    new RegExp(`((?:${secretName})\\\\*["']?\\s*[=:]\\s*)"(?:[^"\\\\]|\\\\[\\s\\S])*(?:"|\\\\?$)`, 'gi'),
    `$1"${redacted}"`,
  ],
  [
    new RegExp(`((?:${secretName})\\\\*["']?\\s*[=:]\\s*)'(?:[^'\\\\]|\\\\[\\s\\S])*(?:'|\\\\?$)`, 'gi'),
    `$1'${redacted}'`,
  ],
  [
    new RegExp(`((?:${secretName})\\\\*["']?\\s*[=:]\\s*)(\\\\+)(["'])[\\s\\S]*?(?:(?<!\\\\)\\2\\3|$)`, 'gi'),
    `$1$2$3${redacted}$2$3`,
  ],
  // name=value without quotes
  [
    new RegExp(`((?:${secretName})["']?\\s*[=:]\\s*)(?!["'\\\\]|\\[redacted\\])[^\\s"'&;)}\\]]+`, 'gi'),
    `$1${redacted}`,
  ],
  // JSON Web Tokens, and any other JSON in Base64
  [/\beyJ[\w-]{8,}(?:\.[\w-]*)*/g, redacted],
  // vendor prefixes: AWS key ids, Vault and OpenBao tokens, GitHub, Slack, Stripe, Google
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, redacted],
  [/\b(?:hv[sbr]|gh[pousr]|xox[abprs]|[sr]k_(?:live|test))[._-][\w.-]{8,}/g, redacted],
  [/\bgithub_pat_\w{8,}/g, redacted],
  [/\bAIza[\w-]{30,}/g, redacted],
]

const withoutUserInformation = (url: string): string => {
  const end = url.lastIndexOf('@')
  return end === -1 ? url : `${url.slice(0, url.indexOf('://') + 3)}${redacted}${url.slice(end)}`
}

/**
 * Makes text from outside (a client library's message, a child's error) fit to be shown: credentials in URLs, headers,
 * `name=value` pairs, tokens with a known prefix and PEM keys become `[redacted]`, and what is left is cut at
 * `maxLength` characters (default 500). Pass the `secrets` known at the call site: they are removed wherever they stand,
 * also where they were escaped for a URL or for JSON. Text beyond 2^20 characters is dropped.
 */
export const redactText = (text: string, options: RedactTextOptions = {}): string => {
  const { secrets = [], maxLength = 500 } = options
  let result = text.length > maxInputLength ? cutAtWhitespace(text) : text
  // The longest first: a secret that begins with another one would otherwise leave its end behind.
  for (const secret of secrets.flatMap(writtenForms).sort((a, b) => b.length - a.length)) {
    result = result.split(secret).join(redacted)
  }
  for (const [pattern, replacement] of redactions) {
    result =
      typeof replacement === 'string' ? result.replace(pattern, replacement) : result.replace(pattern, replacement)
  }
  return result.length > maxLength ? `${result.slice(0, maxLength).toWellFormed()}…` : result
}

/** A cut in the middle of a credential would hide it from its pattern, so the cut goes back to the last gap between words. */
const cutAtWhitespace = (text: string): string => {
  const cut = text.slice(0, maxInputLength)
  return `${cut.slice(0, Math.max(0, cut.lastIndexOf(' '), cut.lastIndexOf('\n')))}…`
}

/** Options of {@link redactText}. */
export interface RedactTextOptions {
  /** Exact texts to remove. */
  readonly secrets?: readonly string[]
  /** Longest result in UTF-16 code units. Default 500. */
  readonly maxLength?: number
}

const writtenForms = (secret: string): readonly string[] =>
  secret.length === 0
    ? []
    : [...new Set([secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)])]
