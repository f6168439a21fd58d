import { HoldfastError } from './holdfast-error.ts'

const brand: unique symbol = Symbol.for('holdfast.secret.v1')
const inspectCustom = Symbol.for('nodejs.util.inspect.custom')
const redacted = '[redacted]'

/** What a {@link Secret} can hold: text, bytes, or plain data made of them. */
export type SecretValue = string | Uint8Array | object

/**
 * Holds a value so that it cannot be shown by accident: printing, inspecting, serialising, spreading, cloning and
 * sending it to another thread give `[redacted]` or an empty object. `reveal()` is the one door.
 *
 * Test runners find any two Secrets deep-equal, because they see no field: compare with `equals`, which takes the same
 * time wherever the values differ. What Node cannot do (strings cannot be wiped) is in `docs/security.md`.
 */
export class Secret<T extends SecretValue = string> {
  readonly #value: T

  /** Wraps `value`. Bytes are copied. An empty plain object, which is what a cloned Secret looks like, is refused. */
  constructor(value: T) {
    if (!isSecretValue(value) || isEmptyObject(value)) {
      throw new HoldfastError({
        code: 'INVALID_ARGUMENT',
        reason: 'VALUE_MALFORMED',
        source: 'contracts',
        operation: 'Secret',
        message:
          'A Secret was given nothing to hold: an empty object, null, or a value that is neither text, bytes nor data.',
        hint: 'Pass the value itself; a Secret that was spread, cloned or sent to a worker arrives as {} and must be revealed first.',
      })
    }
    this.#value = copyOf(value)
    Object.freeze(this)
  }

  static {
    Object.defineProperty(Secret.prototype, brand, { value: true })
    Object.defineProperty(Secret.prototype, inspectCustom, { value: () => redacted })
  }

  /** Recognises a Secret, also one made by another copy of this package. */
  static is(value: unknown): value is Secret<SecretValue> {
    return typeof value === 'object' && value !== null && brand in value
  }

  /** The value. Bytes come as a copy that the caller may wipe. Keep it as short as possible and out of logs, errors and URLs. */
  reveal(): T {
    return copyOf(this.#value)
  }

  /** Whether both hold the same value, in time that depends on the lengths only. Values of different types are never equal. */
  equals(other: unknown): boolean {
    if (!Secret.is(other)) return false
    const mine = this.#value
    const theirs = other.reveal()
    return kindOf(mine) === kindOf(theirs) && equalBytes(toBytes(mine), toBytes(theirs))
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }

  valueOf(): string {
    return redacted
  }
}

const isSecretValue = (value: unknown): boolean =>
  typeof value === 'string' || (typeof value === 'object' && value !== null)

const isEmptyObject = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array) &&
  Object.keys(value).length === 0

const copyOf = <T>(value: T): T => {
  if (!(value instanceof Uint8Array)) return value
  // A copy of a Uint8Array is one too; Buffers become plain arrays so that no pooled memory is shared.
  return Uint8Array.from(value) as T & Uint8Array
}

const kindOf = (value: unknown): string =>
  typeof value === 'string' ? 'text' : value instanceof Uint8Array ? 'bytes' : 'data'

const toBytes = (value: unknown): Uint8Array => {
  if (value instanceof Uint8Array) return value
  return new TextEncoder().encode(typeof value === 'string' ? value : canonicalText(value))
}

/** JSON with sorted keys, so that equal data gives equal text. */
const canonicalText = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? ''

/** Written by hand because browsers have no timingSafeEqual: no early return, every byte of the longer side is read. */
const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  const length = Math.max(a.length, b.length)
  let difference = a.length ^ b.length
  for (let index = 0; index < length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0)
  return difference === 0
}
