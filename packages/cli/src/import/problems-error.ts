import { HoldfastError } from '@holdfast/contracts'
import { printable } from '../printable.ts'
import type { ImportProblem } from './import-entry.ts'

/** A problem as one line: `line 7: there is no "="`. */
export const describeProblem = ({ line, message }: ImportProblem): string =>
  printable(line === undefined ? message : `line ${line}: ${message}`)

/** The error of a source that has problems, each on a line of its own. Nothing has been imported. */
export const problemsError = (source: string, problems: readonly ImportProblem[]): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'VALUE_MALFORMED',
    source: 'cli',
    operation: 'import',
    message: `${printable(source)} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}, and nothing was imported.`,
    hint: 'Correct it and run it again; or import the rest with --partial.',
    details: { lines: problems.slice(0, 100).map(describeProblem) },
  })
