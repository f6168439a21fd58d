import { describeValue, type OptionsSchema, type Problem, Secret } from '@holdfast/contracts'

/** What a schema finds wrong with an input, each with its path below `prefix`. An unknown option is a problem of its own. */
export const schemaProblems = (schema: OptionsSchema<unknown>, input: unknown, prefix: string): Problem[] => {
  const result = schema.safeParse(input)
  if (result.success) return []
  return result.error.issues.flatMap((issue) => {
    const path = [prefix, ...issue.path.map(String)].filter((part) => part !== '').join('.')
    const unknownKeys: unknown = Reflect.get(issue, 'keys')
    if (Array.isArray(unknownKeys)) {
      return unknownKeys.map((key) => ({
        path: [path, String(key)].filter((part) => part !== '').join('.'),
        given: 'an option of a name that does not exist',
        allowed: 'only the options that the README lists',
      }))
    }
    const given = valueAt(input, issue.path)
    const isOpen = typeof given !== 'string' || !secretNames.test(path)
    return [{ path: path || 'configuration', given: describeValue(isOpen ? given : hidden), allowed: issue.message }]
  })
}

/** Options under whose names people write secrets, also where they do not belong. */
const secretNames = /key|pass|secret|token|credential|auth/i

const hidden = new Secret('hidden')

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  )
