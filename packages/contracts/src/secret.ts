import { HoldfastError } from './holdfast-error.ts'
import { copySecretValue, type SecretValue, secretValueProblem, secretValuesAreEqual } from './secret-value.ts'

const brand: unique symbol = Symbol.for('holdfast.secret.v1')
const inspectCustom = Symbol.for('nodejs.util.inspect.custom')
const redacted = '[redacted]'

/**
 * Holds a value so that it cannot be shown by accident: printing, inspecting, serialising, spreading, cloning and
 * sending it to another thread give `[redacted]` or an empty object. `reveal()` is the one door.
 *
 * Test runners find any two Secrets deep-equal, because they see no field: compare with `equals`, which takes the same
 * time wherever the values differ. What Node cannot do (strings cannot be wiped) is in `docs/security.md`.
 */
export class Secret<T extends SecretValue = string> {
  readonly #value: T

  /**
   * Keeps a copy of `value`: bytes and data may be wiped or changed afterwards. Throws INVALID_ARGUMENT (reason
   * VALUE_MALFORMED) for an empty object, which is what a cloned Secret looks like, and for anything that is not text,
   * bytes or plain data: a class instance, another Secret, a function, data nested deeper than 64 levels.
   */
  constructor(value: T) {
    const problem = secretValueProblem(value)
    if (problem !== undefined) {
      throw new HoldfastError({
        code: 'INVALID_ARGUMENT',
        reason: 'VALUE_MALFORMED',
        source: 'contracts',
        operation: 'Secret',
        message: `A Secret cannot hold what it was given: ${problem}.`,
        hint: 'Pass text, bytes or plain data; a Secret that was spread, cloned or sent to a worker arrives as {} and must be revealed first.',
      })
    }
    this.#value = copySecretValue(value)
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

  /** The value. Bytes and data come as a copy that the caller may wipe. Keep it as short as possible and out of logs, errors and URLs. */
  reveal(): T {
    return copySecretValue(this.#value)
  }

  /** Whether both hold the same value, in time that depends on types and lengths only. Values of different types are never equal. */
  equals(other: unknown): boolean {
    return Secret.is(other) && secretValuesAreEqual(this.#value, other.reveal())
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
