import type { SecretValue } from '@holdfast/contracts'
import { builtInKinds } from '@holdfast/credential-core'

/** A value as it will be stored, or what is wrong with it (never showing it). */
export type GivenValue =
  | { readonly value: SecretValue; readonly problems?: undefined }
  | { readonly problems: readonly string[]; readonly value?: undefined }

/**
 * Reads a value from a file or a terminal as its kind asks: kinds made of several parts take them as a JSON object, or in
 * the text form the kind knows (a database URL). What is no text at all stays bytes.
 */
export const readGivenValue = (kind: string, given: string | Uint8Array): GivenValue => {
  const definition = builtInKinds.find((candidate) => candidate.definition.name === kind)?.definition
  if (definition === undefined) {
    const known = builtInKinds.map((candidate) => candidate.definition.name).join(', ')
    return { problems: [`there is no kind ${JSON.stringify(kind.slice(0, 40))}: use ${known}`] }
  }
  const reading = definition.read(given)
  if (reading.problems === undefined) return { value: reading.value }
  const data = typeof given === 'string' ? parseObject(given) : undefined
  if (data === undefined) return { problems: reading.problems }
  const second = definition.read(data)
  return second.problems === undefined ? { value: second.value } : { problems: second.problems }
}

const parseObject = (text: string): object | undefined => {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const data: unknown = JSON.parse(text)
    return typeof data === 'object' && data !== null ? data : undefined
  } catch {
    // What JSON.parse says quotes the value; the caller says what the kind expects.
    return undefined
  }
}
