import { HoldfastError, Secret, type SecretValue } from '@holdfast/contracts'
import type { CredentialEncoding } from '@holdfast/contracts/credentials'

/** A value as bytes, with how they are to be read. */
export interface EncodedValue {
  readonly encoding: CredentialEncoding
  readonly bytes: Uint8Array
}

const source = 'credential-core'

/** Deepest nesting of plain data: the same as a Secret's, so that what is stored can be retrieved. */
const maxDepth = 64

/** Takes a value, or the Secret that holds it, out for storing. Errors: INVALID_ARGUMENT with reason VALUE_MALFORMED. */
export const unwrapValue = (given: unknown, id: string, operation: string): SecretValue => {
  const value: unknown = Secret.is(given) ? given.reveal() : given
  const problem = valueProblem(value)
  if (problem !== undefined) throw malformedValue(id, operation, [problem])
  // valueProblem has found text, bytes or an object.
  return value as SecretValue
}

/** Turns a value that {@link unwrapValue} let through into bytes. */
export const encodeValue = (value: SecretValue): EncodedValue => {
  if (typeof value === 'string') return { encoding: 'text', bytes: new TextEncoder().encode(value) }
  if (value instanceof Uint8Array) return { encoding: 'bytes', bytes: Uint8Array.from(value) }
  return { encoding: 'json', bytes: new TextEncoder().encode(JSON.stringify(value)) }
}

/** Turns bytes back. Undefined when the bytes are not what the encoding says. */
export const decodeValue = ({ encoding, bytes }: EncodedValue): SecretValue | undefined => {
  if (encoding === 'bytes') return bytes
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (encoding === 'text') return text
    const data: unknown = JSON.parse(text)
    return typeof data === 'object' && data !== null ? data : undefined
  } catch {
    // What the decoder says quotes the value; the caller says that it is unreadable.
    return undefined
  }
}

/** The error of a value that cannot be stored, or is not what its kind asks for. */
export const malformedValue = (id: string, operation: string, problems: readonly string[]): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'VALUE_MALFORMED',
    source,
    operation,
    message: `The value of ${JSON.stringify(id)} is malformed: ${problems.join('; ')}.`,
    hint: 'Correct the value, or store it under a kind that allows it (opaque takes any text, bytes or plain data).',
    details: { id, problems: [...problems] },
  })

const valueProblem = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : 'it is not well-formed Unicode'
  if (value instanceof Uint8Array) return undefined
  if (typeof value !== 'object' || value === null) return 'it must be text, bytes or plain data'
  if (!Array.isArray(value) && Object.values(value).every((inner) => inner === undefined)) {
    return 'it is an empty object, which is also what a cloned or serialised Secret looks like'
  }
  return dataProblem(value, 0)
}

/** What JSON would drop or change in silence is refused, so that what is retrieved is what was stored. */
const dataProblem = (data: unknown, depth: number): string | undefined => {
  if (depth > maxDepth) return `it is nested deeper than ${maxDepth} levels, or contains itself`
  if (data === null || typeof data === 'boolean') return undefined
  if (typeof data === 'string')
    return data.isWellFormed() ? undefined : 'it contains text that is not well-formed Unicode'
  if (typeof data === 'number') return Number.isFinite(data) ? undefined : 'it contains a number that JSON cannot hold'
  if (typeof data !== 'object') return `it contains a value of type ${typeof data}, which plain data cannot hold`
  if (Secret.is(data)) return 'it contains a Secret; reveal it first'
  const prototype: unknown = Object.getPrototypeOf(data)
  if (!Array.isArray(data) && prototype !== Object.prototype && prototype !== null) {
    return 'it contains an instance of a class, which plain data cannot hold'
  }
  if (!Array.isArray(data) && 'toJSON' in data) return 'it contains a toJSON, which would change what is stored'
  for (const inner of Object.values(data)) {
    // An undefined field means an absent one, which is what JSON makes of it; in a list it would become null.
    if (inner === undefined && !Array.isArray(data)) continue
    const problem = dataProblem(inner, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}
