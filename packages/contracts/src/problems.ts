import { HoldfastError } from './holdfast-error.ts'
import { isSecretName, redactText } from './redact-text.ts'
import { Secret } from './secret.ts'

/** One thing that is wrong with what a caller gave. */
export interface Problem {
  /** Where: the option's path, `cache.ttlMs`. */
  readonly path: string
  /** What was given, described without secrets. */
  readonly given: string
  /** What is allowed instead. */
  readonly allowed: string
}

/** Collects everything wrong with an input, so that the caller hears all of it at once. */
export interface Problems {
  /** Notes a problem unless `holds`. `given` is described by type and value, but text under a path such as `token` or `keyring.passphrase` is not shown; pass a Secret for what else must not be. */
  require(holds: boolean, path: string, given: unknown, allowed: string): void
  /** Notes a problem. */
  add(problem: Problem): void
  readonly list: readonly Problem[]
  /** Throws INVALID_ARGUMENT naming every problem, with the list in `details.problems`; does nothing when there is none. */
  throwIfAny(): void
}

/** Starts a collection of problems for one call: `source` is the package, `operation` the function that was called. */
export const createProblems = (source: string, operation: string): Problems => {
  const list: Problem[] = []
  return {
    list,
    require(holds, path, given, allowed) {
      if (!holds) list.push({ path, given: describeOption(path, given), allowed })
    },
    add(problem) {
      list.push(problem)
    },
    throwIfAny() {
      if (list.length > 0) throw invalidArgument(source, operation, list)
    },
  }
}

const invalidArgument = (source: string, operation: string, list: readonly Problem[]): HoldfastError => {
  const lines = list.map(({ path, given, allowed }) => `${path}: given ${given}, allowed: ${allowed}`)
  return new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source,
    operation,
    message: `${operation} was given ${list.length === 1 ? 'an invalid option' : `${list.length} invalid options`}: ${lines.join('; ')}.`,
    hint: list.length === 1 ? 'Correct it and call again.' : 'Correct them and call again.',
    details: { problems: list.map((problem) => ({ ...problem })) },
  })
}

/** Describes a value for an error message: numbers and short texts as they are, Secrets redacted, the rest by type. */
export const describeValue = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Secret.is(value)) return '[redacted]'
  switch (typeof value) {
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'string':
      return JSON.stringify(redactText(value, { maxLength: 80 }))
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
    default:
      return Array.isArray(value) ? `an array of ${value.length}` : `an object`
  }
}

const describeOption = (path: string, value: unknown): string =>
  typeof value === 'string' && isSecretName(path) ? '[redacted]' : describeValue(value)

/** What an options schema must offer; a zod schema does. */
export interface OptionsSchema<T> {
  safeParse(input: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
        }
      }
}

/** Parses options with a schema, or throws INVALID_ARGUMENT that names every problem by its path, what was given and what is allowed. */
export const parseOptions = <T>(schema: OptionsSchema<T>, input: unknown, source: string, operation: string): T => {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const list = result.error.issues.map((issue) => {
    const path = issue.path.length === 0 ? 'options' : issue.path.map(String).join('.')
    return { path, given: describeOption(path, valueAt(input, issue.path)), allowed: issue.message }
  })
  throw invalidArgument(source, operation, list)
}

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  )
