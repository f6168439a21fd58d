/** What a Secret can hold: text, bytes, or plain data made of them (objects and arrays of text, numbers, booleans, null and bytes). */
export type SecretValue = string | Uint8Array | object

/** Deeper data is refused, which also ends the walk through data that holds itself. Real credentials nest two or three levels. */
const maxDepth = 64

/** Says why a value cannot be held, or undefined when it can. An empty object is what a cloned Secret looks like. */
export const secretValueProblem = (value: unknown): string | undefined => {
  if (typeof value === 'string' || value instanceof Uint8Array) return undefined
  if (typeof value !== 'object' || value === null) return 'it is neither text, bytes nor data'
  if (!Array.isArray(value) && Object.keys(value).length === 0) return 'it is an empty object'
  return dataProblem(value, 0)
}

const dataProblem = (value: unknown, depth: number): string | undefined => {
  if (value instanceof Uint8Array) return undefined
  if (typeof value === 'object' && value !== null) {
    if (depth > maxDepth) return `it nests deeper than ${maxDepth} levels or holds itself`
    if (!Array.isArray(value) && !isPlain(value)) return 'it holds an object that is not plain data'
    for (const inner of Object.values(value)) {
      const problem = dataProblem(inner, depth + 1)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  return ['string', 'number', 'boolean', 'undefined', 'object'].includes(typeof value)
    ? undefined
    : `it holds a ${typeof value}`
}

/** Whether it is an object literal, also one of another realm; a class instance, a Map and a Secret are not. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A copy that shares nothing with the value, so that wiping or changing one leaves the other alone. */
export const copySecretValue = <T>(value: T): T => copy(value) as T // copy answers with the same shape it was given

const copy = (value: unknown): unknown => {
  // Uint8Array.from and not slice: a Buffer's slice shares its memory, and a new Buffer may come from a shared pool.
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (Array.isArray(value)) return value.map(copy)
  if (typeof value !== 'object' || value === null) return value
  // fromEntries defines properties, so that a key named __proto__ stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]))
}

/** Whether both are the same, in time that depends on their types and lengths only. */
export const secretValuesAreEqual = (a: unknown, b: unknown): boolean => {
  if (typeof a === 'string' && typeof b === 'string') return textsAreEqual(a, b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return bytesAreEqual(a, b)
  if (isData(a) && isData(b)) return textsAreEqual(canonicalText(a), canonicalText(b))
  return false
}

const isData = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array)

/** Equal data gives equal text and different data different text; the order of keys does not matter, and a key without a value counts as absent. */
const canonicalText = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Uint8Array) return `b${value.join(',')};`
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalText(inner)}`).join(',')}}`
}

/** Compares code units, because encoding to UTF-8 first would make all lone surrogates equal. No early return. */
const textsAreEqual = (a: string, b: string): boolean => {
  const length = Math.max(a.length, b.length)
  let difference = a.length ^ b.length
  // Beyond the end charCodeAt is NaN, which counts as 0 here.
  for (let index = 0; index < length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index)
  return difference === 0
}

/** Written by hand because browsers have no timingSafeEqual: no early return, every byte of the longer side is read. */
const bytesAreEqual = (a: Uint8Array, b: Uint8Array): boolean => {
  const length = Math.max(a.length, b.length)
  let difference = a.length ^ b.length
  for (let index = 0; index < length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0)
  return difference === 0
}
