import { HoldfastError } from '@holdfast/contracts'
import type { CommandEnvironment } from './command-environment.ts'
import { printable } from './printable.ts'
import { safeJson } from './safe-json.ts'

/** Tells on stderr what failed, what to do next and the code; as JSON when that was asked for. */
export const reportError = ({ stderr }: CommandEnvironment, error: unknown, isJson: boolean): void => {
  const known = HoldfastError.is(error) ? error : unexpected(error)
  if (isJson) {
    stderr.write(`${safeJson({ error: known.toJSON() })}\n`)
    return
  }
  // The message of a HoldfastError ends with its hint, which gets a line of its own.
  const what = known.message.endsWith(known.hint) ? known.message.slice(0, -known.hint.length).trimEnd() : known.message
  const lines = [
    `error: ${what}`,
    ...problemsOf(known).map((problem) => `  - ${problem}`),
    `  next: ${known.hint}`,
    `  code: ${[known.code, known.reason].filter((part) => part !== undefined).join(' ')}`,
    ...(known.cause === undefined ? [] : [`  cause: ${known.cause.name}: ${known.cause.message}`]),
  ]
  stderr.write(`${printable(lines.join('\n'), { keepLines: true })}\n`)
}

/** One line for each thing that is wrong, where an error of this package lists them in `details.lines`. */
const problemsOf = (error: HoldfastError): readonly string[] =>
  Array.isArray(error.details.lines) ? error.details.lines.map(String) : []

const unexpected = (error: unknown): HoldfastError =>
  new HoldfastError({
    code: 'INTERNAL',
    source: 'cli',
    operation: 'holdfast',
    message: 'Something failed that this program did not expect.',
    hint: `Report it with what you did (${error instanceof Error ? error.name : typeof error}).`,
    cause: error,
  })
