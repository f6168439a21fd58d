import { createHash } from 'node:crypto'
import { credentialIdProblem } from '@holdfast/contracts/credentials'

/** Longest name of a secret in characters (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html). */
export const maxNameLength = 512

/** What begins the name of an id that is too long to be spelled out: `=` is always followed by two hexadecimal digits else. */
const hashMark = '=h'
const hashedLength = hashMark.length + 64

/** Longest prefix in characters: with it, a slash and a hashed id a name is exactly as long as names may be. */
export const maxPrefixLength = maxNameLength - 1 - hashedLength

/** Of the characters that AWS takes in names, all but the one that escapes the others. */
const isPlain = (byte: number): boolean => /[A-Za-z0-9/_+.@-]/.test(String.fromCharCode(byte)) && byte < 0x80

/**
 * What a name must not end in: AWS adds a hyphen and six characters to each name to make its ARN, and takes a name that
 * looks like that for one (https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen).
 */
const looksLikeArn = /-.{6}$/

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What all names of a store begin with. */
export const rootOf = (prefix: string): string => (prefix === '' ? '' : `${prefix}/`)

/** The beginning of the names of all ids that begin with this text and are spelled out. */
export const encodeText = (text: string): string => {
  let encoded = ''
  for (const byte of encoder.encode(text)) {
    encoded += isPlain(byte) ? String.fromCharCode(byte) : `=${byte.toString(16).padStart(2, '0')}`
  }
  return encoded
}

/** The beginnings of the names that ids with this beginning can have; undefined when names cannot narrow the search. */
export const namePrefixesOf = (prefix: string, idPrefix: string): readonly string[] | undefined => {
  const root = rootOf(prefix)
  if (root === '' && idPrefix === '') return undefined
  if (idPrefix === '') return [root]
  const spelled = root + encodeText(idPrefix)
  return spelled.length > maxNameLength ? [root + hashMark] : [spelled, root + hashMark]
}

/**
 * The name of the secret that holds a credential: the prefix, a slash, and the id with every byte that AWS does not take
 * as `=` and two hexadecimal digits. `=` at the end keeps it from looking like an ARN. An id that gets too long is `=h`
 * and its SHA-256; the secret's description then has the id itself.
 */
export const secretNameOf = (prefix: string, id: string): string => {
  const root = rootOf(prefix)
  let name = root + encodeText(id)
  while (looksLikeArn.test(name)) name += '='
  if (name.length <= maxNameLength) return name
  return root + hashMark + createHash('sha256').update(id).digest('hex')
}

/** Whether the name says nothing of its id, so that the description has to. */
export const isHashedName = (prefix: string, name: string): boolean => name.startsWith(rootOf(prefix) + hashMark)

/** The id that a secret's name stands for; undefined for names that this library would not have given. */
export const idOfSecret = (prefix: string, name: string, description = ''): string | undefined => {
  const root = rootOf(prefix)
  if (!name.startsWith(root)) return undefined
  const id = isHashedName(prefix, name) ? description : decodeText(name.slice(root.length).replace(/=+$/, ''))
  if (id === undefined || credentialIdProblem(id) !== undefined) return undefined
  return secretNameOf(prefix, id) === name ? id : undefined
}

const decodeText = (text: string): string | undefined => {
  if (!/^(?:[A-Za-z0-9/_+.@-]|=[0-9a-f]{2})*$/.test(text)) return undefined
  try {
    const bytes = text
      .match(/=..|[^=]/g)
      ?.map((part) => (part.length === 1 ? part.charCodeAt(0) : Number(`0x${part.slice(1)}`)))
    return decoder.decode(Uint8Array.from(bytes ?? []))
  } catch {
    return undefined
  }
}
