const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The path of a credential below the mount: its id with the same segments, in which every byte but `A-Z a-z 0-9 _ - .` is
 * written `~` and two hexadecimal digits, and so is a dot at the beginning of a segment or after another dot. Nothing in it
 * means anything to URLs, to policies or to the server, which refuses `..` and what cannot be printed.
 */
export const encodeKvPath = (id: string): string => id.split('/').map(encodeSegment).join('/')

/** The id of a path, or undefined when {@link encodeKvPath} makes that path of no id: somebody else's secret. */
export const decodeKvPath = (path: string): string | undefined => {
  const bytes: number[] = []
  for (let index = 0; index < path.length; index++) {
    const isEscape = path[index] === '~'
    bytes.push(isEscape ? Number.parseInt(path.slice(index + 1, index + 3), 16) : path.charCodeAt(index))
    if (isEscape) index += 2
  }
  try {
    const id = decoder.decode(Uint8Array.from(bytes))
    return encodeKvPath(id) === path ? id : undefined
  } catch {
    return undefined
  }
}

const encodeSegment = (segment: string): string => {
  let encoded = ''
  let previous = 0x2e
  for (const byte of encoder.encode(segment)) {
    const isPlain = isPlainByte(byte) || (byte === 0x2e && previous !== 0x2e)
    encoded += isPlain ? String.fromCharCode(byte) : `~${byte.toString(16).padStart(2, '0')}`
    previous = byte
  }
  return encoded
}

/** Letters, digits, `-` and `_`. */
const isPlainByte = (byte: number): boolean =>
  (byte >= 0x61 && byte <= 0x7a) ||
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  byte === 0x2d ||
  byte === 0x5f
