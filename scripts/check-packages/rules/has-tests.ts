import type { Rule } from '../rule.ts'

/** Every published package has at least one test. */
export const hasTests: Rule = {
  name: 'has-tests',
  why: 'A package without a test is a claim.',
  *check({ packages }) {
    for (const { path, published, tests } of packages) {
      if (published && !tests.some((file) => file.path.endsWith('.test.ts'))) {
        yield { path, message: 'has no *.test.ts under src or test' }
      }
    }
  },
}
