import { createHash } from 'node:crypto'

/**
 * Longest folder name in bytes before a hash takes its place. File systems allow 255 (NAME_MAX of Linux and macOS, the
 * component limit of NTFS); the intents of a credential add up to 50 to it.
 */
const maxEncodedBytes = 200

const hashMark = '~'
const reservedOnWindows = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/

/**
 * The name of the folder of a credential: the id in lower-case percent-encoding, or `~` and its SHA-256 when that is
 * longer than 200 bytes. Upper case is encoded too, so that ids which differ in case never meet on a disk that ignores
 * it; so are dots at either end and the first letter of the names that Windows keeps for devices.
 */
export const encodeFolderName = (id: string): string => {
  let name = ''
  for (const byte of Buffer.from(id, 'utf8')) name += isPlain(byte) ? String.fromCharCode(byte) : percent(byte)
  if (name.startsWith('.')) name = `%2e${name.slice(1)}`
  if (name.endsWith('.')) name = `${name.slice(0, -1)}%2e`
  if (reservedOnWindows.test(name)) name = percent(name.charCodeAt(0)) + name.slice(1)
  return name.length <= maxEncodedBytes ? name : hashMark + createHash('sha256').update(id, 'utf8').digest('hex')
}

/** The id behind a folder name; undefined for a hash, which only the files inside can tell, and for a name this library does not make. */
export const decodeFolderName = (name: string): string | undefined => {
  if (name === '' || name.startsWith(hashMark) || name.startsWith('.')) return undefined
  try {
    const id = decodeURIComponent(name)
    return encodeFolderName(id) === name ? id : undefined
  } catch {
    return undefined
  }
}

/** Whether the name could be that of a credential's folder. */
export const isFolderName = (name: string): boolean => isHashName(name) || decodeFolderName(name) !== undefined

const isHashName = (name: string): boolean => /^~[0-9a-f]{64}$/.test(name)

/** Lower-case letters, digits, `-`, `.` and `_`. */
const isPlain = (byte: number): boolean =>
  (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2e || byte === 0x5f

const percent = (byte: number): string => `%${byte.toString(16).padStart(2, '0')}`
