/** What {@link createEncodedNames} makes names for. */
export interface EncodedNamesOptions {
  /** Stands in front, so that several stores share a place: letters, digits and single hyphens, without a part `p`. Default: none. */
  readonly prefix?: string | undefined
  /** Longest name in characters. */
  readonly maxLength: number
  /** The SHA-256 of a text as 64 lower-case hexadecimal digits. */
  readonly hash: (text: string) => string
}

/** Ids as names of a backend that takes only lower-case letters, digits and hyphens, or does not tell case apart. */
export interface EncodedNames {
  nameOf(id: string): string
  /** The id that a name stands for; undefined for a hash, and for a name that was not made under this prefix. */
  idOf(name: string): string | undefined
  /** Whether the name is a hash, whose id has to be kept beside it. */
  isHash(name: string): boolean
}

/** What a prefix of names may be. */
export const namePrefixPattern = /^(?!p(?:-|$))(?!.*-p(?:-|$))[0-9a-z]+(?:-[0-9a-z]+)*$/

/**
 * Makes reversible names. Lower-case letters and digits stand for themselves, every other byte of the UTF-8 is a hyphen and
 * two hexadecimal digits: `db/Main` is `db-2f-4dain`. An id whose name would be too long is two hyphens and its hash. The
 * prefix stands in front with `-p-`, which no encoded id has in it.
 */
export const createEncodedNames = ({ prefix = '', maxLength, hash }: EncodedNamesOptions): EncodedNames => {
  const start = prefix === '' ? '' : `${prefix}-p-`
  const withoutStart = (name: string): string | undefined =>
    name.toLowerCase().startsWith(start) ? name.slice(start.length) : undefined
  return {
    nameOf(id) {
      const name = start + encode(id)
      return name.length <= maxLength ? name : `${start}--${hash(id)}`
    },
    idOf(name) {
      const encoded = withoutStart(name)
      return encoded === undefined ? undefined : decode(encoded)
    },
    isHash: (name) => /^--[0-9a-f]{64}$/.test(withoutStart(name) ?? ''),
  }
}

const isPlain = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a)

const encode = (id: string): string => {
  let encoded = ''
  for (const byte of new TextEncoder().encode(id)) {
    encoded += isPlain(byte) ? String.fromCharCode(byte) : `-${byte.toString(16).padStart(2, '0')}`
  }
  return encoded
}

const decode = (encoded: string): string | undefined => {
  if (!/^(?:[0-9a-z]|-[0-9a-f]{2})+$/.test(encoded)) return undefined
  const bytes = (encoded.match(/[0-9a-z]|-[0-9a-f]{2}/g) ?? []).map((part) =>
    part.length === 1 ? part.charCodeAt(0) : Number.parseInt(part.slice(1), 16),
  )
  const id = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))
  // Only what encodes to this very name: bytes that are no UTF-8 and letters written as bytes are somebody else's.
  return encode(id) === encoded ? id : undefined
}
