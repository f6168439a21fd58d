import { collectMutants, mutantProblem } from '../../mutants/mutant.ts'
import type { Rule } from '../rule.ts'

/** Every listed breakage still finds its line and its test file. */
export const mutantsApply: Rule = {
  name: 'mutants-apply',
  why: 'A breakage that no longer applies proves nothing; `npm run mutants` finds out whether the test notices it.',
  *check({ root }) {
    for (const mutant of collectMutants(root)) {
      const problem = mutantProblem(root, mutant)
      if (problem) yield { path: mutant.file, message: `mutant "${mutant.name}" ${problem}` }
    }
  },
}
