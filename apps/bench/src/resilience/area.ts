import type { Area } from '../area.ts'
import { faultGoals, faultRows, faultSubjects } from './fault-subjects.ts'
import { resilienceSubjects } from './subjects.ts'

/** What a successful call costs inside the policies, and what a failing dependency bears and its callers get. */
export const area: Area = {
  description:
    'A successful call inside timeout, retry and circuit breaker, and calls of a dependency that fails, beside the libraries of npm.',
  rows: [
    { name: 'call', unit: 'ns', floor: 'bare await' },
    { name: 'call, propagated', unit: 'ns', floor: 'bare await' },
    { name: "call, caller's signal", unit: 'ns', floor: 'bare await' },
    ...faultRows,
  ],
  subjects: [...resilienceSubjects, ...faultSubjects],
  goals: [
    { row: 'call', subject: 'holdfast standard', against: 'bare await', atMost: 5 },
    { row: 'call', subject: 'holdfast composed', against: 'bare await', atMost: 9 },
    { row: 'call', subject: 'p-retry + opossum', against: 'holdfast standard', atLeast: 4 },
    { row: 'call', subject: 'cockatiel, all three', against: 'holdfast standard', atLeast: 20 },
    { row: 'call, propagated', subject: 'holdfast standard', against: 'bare await', atMost: 11 },
    ...faultGoals,
  ],
}
