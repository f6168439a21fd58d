import { HoldfastError } from '@holdfast/contracts'

/** One line `NAME=value` for each entry, quoted so that `parseDotenv` reads exactly these values; a shell that sources it does too, unless a value holds both a `'` or carriage return and a `$`, a backtick or a backslash. */
export const formatDotenv = (values: ReadonlyMap<string, string>): string =>
  [...values].map(([name, value]) => `${variableName(name)}=${quoted(value)}\n`).join('')

const variableName = (name: string): string => {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'VALUE_MALFORMED',
    source: 'cli',
    operation: 'export',
    message: `${JSON.stringify(name)} is not a name that a .env file can hold.`,
    hint: 'Give the credential a variable with "holdfast set <id> --env NAME", narrow the export with --prefix, or use --format json.',
  })
}

const quoted = (value: string): string => {
  if (/^[A-Za-z0-9_./:@%+,=-]*$/.test(value)) return value
  if (!/['\r]/.test(value)) return `'${value}'`
  const escaped = value
    .replace(/[\\"]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `"${escaped}"`
}
