import { createProblems, type Problems } from '@holdfast/contracts'
import type { HttpAnswer, HttpFault } from './http-fault.ts'

/** Throws INVALID_ARGUMENT that names every number in the faults with which nothing could be done. */
export const requireHttpFaults = (faults: readonly HttpFault[], operation: string): void => {
  const problems = createProblems('testkit', operation)
  for (const [index, fault] of faults.entries()) {
    const path = `faults.${index}`
    if (fault.kind === 'answer') requireStatus(fault, path, problems)
    else if (fault.kind === 'lost-answer' && fault.answer !== undefined) {
      requireStatus(fault.answer, `${path}.answer`, problems)
    } else if (fault.kind === 'late') {
      const { delayMs } = fault
      const isTime = delayMs >= 0 && delayMs < Number.POSITIVE_INFINITY
      problems.require(isTime, `${path}.delayMs`, delayMs, '0 or more; what is never answered hangs')
    } else if (fault.kind === 'cut') {
      const isCount = Number.isInteger(fault.afterBytes) && fault.afterBytes >= 0
      problems.require(isCount, `${path}.afterBytes`, fault.afterBytes, 'a whole number, 0 or more')
    }
  }
  problems.throwIfAny()
}

const requireStatus = ({ status }: HttpAnswer, path: string, problems: Problems): void => {
  const isFinal = Number.isInteger(status) && status >= 200 && status <= 599
  problems.require(isFinal, `${path}.status`, status, '200 to 599')
}
