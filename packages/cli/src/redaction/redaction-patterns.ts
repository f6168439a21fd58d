/** Shortest secret that is redacted, in bytes: shorter ones (`1`, `no`, `dev`) would turn readable output into noise. */
export const minRedactedBytes = 4

/** Shortest line of a multi-line secret that is redacted by itself, in bytes: shorter ones are brackets and words. */
export const minRedactedLineBytes = 8

/**
 * Every byte sequence that shows a secret: the secret itself, its lines, the password of a URL and the texts inside a
 * JSON value, each also in base64 at every alignment (as inside `Authorization: Basic`), base64url, hexadecimal,
 * percent-encoding, form encoding, and escaped as in JSON. Secrets under {@link minRedactedBytes} give none.
 */
export const redactionPatterns = (secrets: Iterable<string | Uint8Array>): readonly Uint8Array[] => {
  const patterns = new Map<string, Uint8Array>()
  for (const secret of secrets) {
    const bytes = toBytes(secret)
    if (bytes.length < minRedactedBytes) continue
    for (const part of [bytes, ...partsOf(bytes)]) {
      if (part.length < minRedactedBytes) continue
      for (const form of formsOf(part)) {
        if (form.length >= minRedactedBytes) patterns.set(form.toString('latin1'), form)
      }
    }
  }
  return [...patterns.values()]
}

const toBytes = (secret: string | Uint8Array): Buffer =>
  typeof secret === 'string' ? Buffer.from(secret) : Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)

/** What of a secret is a secret by itself, or is what programs make of it. */
const partsOf = (secret: Buffer): Buffer[] => {
  const text = secret.toString('utf8')
  return [text.trim(), ...linesOf(text), ...passwordsOf(text), ...textsInJson(text)].map((part) => Buffer.from(part))
}

const linesOf = (text: string): string[] =>
  /[\r\n]/.test(text)
    ? text
        .split(/\r\n|\r|\n/)
        .map((line) => line.trim())
        // The frame of a PEM block says only what it is.
        .filter((line) => Buffer.byteLength(line) >= minRedactedLineBytes && !/^-----(?:BEGIN|END) /.test(line))
    : []

const passwordsOf = (text: string): string[] => {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]*@/i.test(text) || !URL.canParse(text)) return []
  const { password } = new URL(text)
  if (Buffer.byteLength(password) < minRedactedBytes) return []
  try {
    return [password, decodeURIComponent(password)]
  } catch {
    return [password]
  }
}

/** Names of JSON fields that say where or who, not what is secret. */
const openFields =
  /^(?:user(?:name)?|login|email|host(?:name)?|port|database|region|type|name|scheme|protocol|url|endpoint|project|client|expires?(?:At|_at)?)$/i

/** Names of JSON fields whose texts are secrets however short: any other needs the length of a line, or `true` would be one. */
const secretFields = /pass|pwd|secret|token|key|credential|pin$/i

const textsInJson = (text: string): string[] => {
  if (!/^\s*[[{]/.test(text)) return []
  const found: string[] = []
  try {
    JSON.parse(text, (name, value: unknown) => {
      if (typeof value !== 'string' || openFields.test(name)) return value
      const least = secretFields.test(name) ? minRedactedBytes : minRedactedLineBytes
      if (Buffer.byteLength(value) >= least) found.push(value, ...linesOf(value), ...passwordsOf(value))
      return value
    })
  } catch {
    return []
  }
  return found
}

const formsOf = (secret: Buffer): Buffer[] => {
  const text = secret.toString('utf8')
  const isText = Buffer.from(text).equals(secret)
  const hex = secret.toString('hex')
  return [
    secret,
    ...base64FormsOf(secret).flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]),
    ...[64, 76].flatMap((width) => wrappedBase64(secret, width)),
    hex,
    hex.toUpperCase(),
    ...(isText ? textFormsOf(text) : []),
  ].map((form) => (typeof form === 'string' ? Buffer.from(form) : form))
}

const textFormsOf = (text: string): string[] => {
  // encodeURIComponent refuses lone surrogates, which UTF-8 cannot hold: decoded bytes have none.
  const percent = encodeURIComponent(text)
  const form = new URLSearchParams([['', text]]).toString().slice(1)
  const json = JSON.stringify(text).slice(1, -1)
  return [
    percent,
    lowerCaseEscapes(percent),
    form,
    lowerCaseEscapes(form),
    json,
    // util.inspect and most languages print a text in single quotes.
    json.replaceAll('\\"', '"').replaceAll("'", "\\'"),
    // A JSON document inside a JSON document, as log lines hold it.
    JSON.stringify(json).slice(1, -1),
  ]
}

const lowerCaseEscapes = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())

/**
 * A secret inside a longer text that was encoded as a whole begins at one of three alignments, and its first and last
 * characters also hold bits of its neighbours: those are left out, and added where the secret ends the text.
 */
const base64FormsOf = (secret: Buffer): string[] =>
  [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), secret]).toString('base64')
    const unpadded = encoded.replace(/=+$/, '')
    const first = Math.ceil((offset * 8) / 6)
    const complete = Math.floor(((offset + secret.length) * 8) / 6)
    return [encoded.slice(first, complete), unpadded.slice(first), encoded.slice(first)]
  })

/** The lines of base64 as PEM (64 columns, RFC 7468) and MIME and the base64 program (76, RFC 2045) break it. */
const wrappedBase64 = (secret: Buffer, width: number): string[] => {
  const encoded = secret.toString('base64')
  const lines = encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
  return lines.length < 2 ? [] : lines.filter((line) => line.length >= minRedactedLineBytes)
}
