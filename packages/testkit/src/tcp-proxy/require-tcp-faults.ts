import { createProblems, type Problems } from '@holdfast/contracts'
import type { TcpFault } from './tcp-fault.ts'

/** Throws INVALID_ARGUMENT that names every number in the faults with which nothing could be done. */
export const requireTcpFaults = (faults: readonly TcpFault[], operation: string): void => {
  const problems = createProblems('testkit', operation)
  for (const [index, fault] of faults.entries()) requireTcpFault(fault, `faults.${index}`, problems)
  problems.throwIfAny()
}

const requireTcpFault = (fault: TcpFault, path: string, problems: Problems): void => {
  if (fault.kind === 'slow') {
    const { latencyMs = 0, bytesPerSecond = 1 } = fault
    const isTime = latencyMs >= 0 && latencyMs < Number.POSITIVE_INFINITY
    problems.require(isTime, `${path}.latencyMs`, latencyMs, '0 or more; what never arrives is a stall')
    problems.require(bytesPerSecond > 0, `${path}.bytesPerSecond`, bytesPerSecond, 'more than 0')
  }
  if (fault.kind === 'cut') {
    const isCount = Number.isInteger(fault.afterBytes) && fault.afterBytes >= 0
    problems.require(isCount, `${path}.afterBytes`, fault.afterBytes, 'a whole number, 0 or more')
    if (fault.followedBy !== undefined) requireTcpFault(fault.followedBy, `${path}.followedBy`, problems)
  }
}
