import type { SecretValue } from '@holdfast/contracts'

/**
 * A credential's value as the one text that an environment variable or a file can hold: text as it is, bytes as the
 * UTF-8 they are, kinds that can be given as text in that form (a database as its URL, a bearer token alone, a private
 * key alone), every other structure as JSON. Undefined for bytes that are no text.
 */
export const textOfCredential = (kind: string, value: SecretValue): string | undefined => {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return textOfBytes(value)
  return textForms[kind]?.(new Map(Object.entries(value))) ?? JSON.stringify(value)
}

const textOfBytes = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

type Fields = ReadonlyMap<string, unknown>

const onlyField =
  (name: string) =>
  (fields: Fields): string | undefined =>
    fields.size === 1 && typeof fields.get(name) === 'string' ? String(fields.get(name)) : undefined

const databaseUrl = (fields: Fields): string => {
  const part = (name: string, before = '', after = ''): string =>
    fields.get(name) === undefined ? '' : `${before}${encodePart(String(fields.get(name)))}${after}`
  const account = part('username') + part('password', ':')
  const host = String(fields.get('host'))
  const parameters = fields.get('parameters') === undefined ? '' : `?${String(fields.get('parameters'))}`
  return `${String(fields.get('engine'))}://${account === '' ? '' : `${account}@`}${host}${part('port', ':')}${part('database', '/')}${parameters}`
}

/** Percent-encoding that leaves what RFC 3986 allows in a user name, a password and a path segment, so that a URL comes back as it was written. */
const encodePart = (text: string): string =>
  encodeURIComponent(text).replace(/%(?:24|26|2B|2C|3B|3D)/g, (code) => decodeURIComponent(code))

const textForms: Readonly<Record<string, (fields: Fields) => string | undefined>> = {
  database: databaseUrl,
  bearer: onlyField('accessToken'),
  'ssh-key': onlyField('privateKey'),
}
