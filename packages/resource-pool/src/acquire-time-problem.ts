import { createProblems, HoldfastError } from '@holdfast/contracts'
import { source } from './pool-errors.ts'

/** The error of an acquire with a time that is none. */
export const acquireTimeProblem = (timeoutMs: number, deadline: number): HoldfastError => {
  const problems = createProblems(source, 'acquire')
  problems.require(timeoutMs >= 0, 'timeoutMs', timeoutMs, '0 or more, or Infinity')
  problems.require(!Number.isNaN(deadline), 'deadline', deadline, 'a point on the monotonic clock')
  return new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source,
    operation: 'acquire',
    message: `acquire was given a time that is none: ${problems.list.map(({ path, given }) => `${path} ${given}`).join(', ')}.`,
    hint: 'Pass milliseconds from 0 on, or Infinity.',
    details: { problems: problems.list.map((problem) => ({ ...problem })) },
  })
}
