import { createProblems, HoldfastError, type Problem } from '@holdfast/contracts'
import { source } from './cancellable.ts'

/**
 * Runs parsers of options that throw INVALID_ARGUMENT each with its own problems, and throws once with those of all, the
 * paths of each put behind its name. Under the empty name they stay as they are.
 */
export const parseTogether = (operation: string, parsers: Readonly<Record<string, () => unknown>>): void => {
  const problems = createProblems(source, operation)
  for (const [name, parse] of Object.entries(parsers)) {
    try {
      parse()
    } catch (error) {
      if (!HoldfastError.is(error, 'INVALID_ARGUMENT')) throw error
      // What `throwIfAny` puts there: each problem as it was added.
      const own = error.details.problems as unknown as readonly Problem[]
      for (const problem of own) problems.add(name === '' ? problem : { ...problem, path: `${name}.${problem.path}` })
    }
  }
  problems.throwIfAny()
}
