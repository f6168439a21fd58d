import { HoldfastError, isSecretName, type LogFields, redactText, Secret, toSafeCause } from '@holdfast/contracts'

/** How {@link redactFields} treats what it finds. */
export interface RedactFieldsOptions {
  /** What is done with every text. Default: known forms of credentials are cut out, and what is longer than 1000 characters. */
  readonly redact?: ((text: string) => string) | undefined
}

const redacted = '[redacted]'

/** How deep objects are followed, and how many of their entries: a request or a socket that was logged by accident ends here. */
const maxDepth = 8
const maxEntries = 100
const maxTextLength = 1000

/**
 * A copy of log fields that can be shown: Secrets and whatever has the name of a secret (`password`, `apiKey`) become
 * `[redacted]`, errors are cut down to what is safe of them and their causes, bytes to their number, and every text is
 * redacted. What is no plain data is copied by its own enumerable fields. Never throws.
 */
export const redactFields = (fields: LogFields, { redact = redactLogText }: RedactFieldsOptions = {}): LogFields => {
  const copy = copyOf(fields, { redact, path: [] })
  // A copy of an object is an object, unless it was one that is not to be looked at.
  return typeof copy === 'object' && copy !== null ? (copy as LogFields) : {}
}

/** Cuts out what looks like a credential, and what is longer than 1000 characters. */
export const redactLogText = (text: string): string => redactText(text, { maxLength: maxTextLength })

interface Copying {
  readonly redact: (text: string) => string
  /** The objects around the one that is copied. */
  readonly path: object[]
}

const copyOf = (value: unknown, copying: Copying): unknown => {
  switch (typeof value) {
    case 'string':
      return copying.redact(value)
    case 'bigint':
      return String(value)
    case 'function':
    case 'symbol':
      return `[${typeof value}]`
    case 'object':
      return value === null ? null : copyOfObject(value, copying)
    default:
      return value
  }
}

const copyOfObject = (value: object, copying: Copying): unknown => {
  try {
    if (Secret.is(value)) return redacted
    if (copying.path.includes(value)) return '[circular]'
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
    if (copying.path.length >= maxDepth) return '[too deep]'
    copying.path.push(value)
    try {
      return contentsOf(value, copying)
    } finally {
      copying.path.pop()
    }
  } catch {
    // A getter, a toJSON or a Proxy that throws.
    return '[unreadable]'
  }
}

const contentsOf = (value: object, copying: Copying): unknown => {
  if (HoldfastError.is(value)) return entriesOf(Object.entries(errorJson(value)), copying)
  // The copy has been redacted of what is known; what else a caller wants removed is removed here.
  if (value instanceof Error) return entriesOf(Object.entries(toSafeCause(value)), copying)
  if (Array.isArray(value)) return itemsOf(value, copying)
  if (value instanceof Map)
    return entriesOf(
      [...value].map(([key, item]) => [String(key), item]),
      copying,
    )
  if (value instanceof Set) return itemsOf([...value], copying)
  const toJson: unknown = Reflect.get(value, 'toJSON')
  if (typeof toJson === 'function') return copyOf(Reflect.apply(toJson, value, []), copying)
  return entriesOf(Object.entries(value), copying)
}

/** What an error of another copy of contracts says too, where `toJSON` may be an older one. */
const errorJson = (error: HoldfastError): object => {
  const { name, code, reason, source, operation, message, hint, retryable, retryAfterMs, details, cause } = error
  const fields = { name, code, reason, source, operation, message, hint, retryable, retryAfterMs, details, cause }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

const entriesOf = (entries: readonly (readonly [string, unknown])[], copying: Copying): object =>
  Object.fromEntries(
    entries
      .slice(0, maxEntries)
      .map(([name, value]) => [copying.redact(name), hides(name, value) ? redacted : copyOf(value, copying)]),
  )

const itemsOf = (items: readonly unknown[], copying: Copying): readonly unknown[] => {
  const copies = items.slice(0, maxEntries).map((item) => copyOf(item, copying))
  return items.length > maxEntries ? [...copies, `[${items.length - maxEntries} more]`] : copies
}

/** `token: true` says something of a token; `token: 'abc'` is one. */
const hides = (name: string, value: unknown): boolean =>
  isSecretName(name) && value !== undefined && value !== null && typeof value !== 'boolean'
