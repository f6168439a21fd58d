import { HoldfastError } from '@holdfast/contracts'
import type { CommandEnvironment } from './command-environment.ts'
import { describeUnexpected } from './output.ts'
import { printable } from './printable.ts'

/** Tells on stderr what failed, what to do next and the code; as JSON when that was asked for. */
export const reportError = ({ stderr }: CommandEnvironment, error: unknown, isJson: boolean): void => {
  const known = HoldfastError.is(error) ? error : unexpected(error)
  if (isJson) {
    stderr.write(`${JSON.stringify({ error: known.toJSON() }, null, 2)}\n`)
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
    hint: `Report it with what you did (${redactedName(error)}).`,
    cause: error,
  })

const redactedName = (error: unknown): string => describeUnexpected(error).split(':')[0] ?? 'an error'
