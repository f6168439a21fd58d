import type { Rule } from '../rule.ts'

const maxLines = 400

/** Source files stay small enough to be read in one sitting. */
export const sourceLength: Rule = {
  name: 'source-length',
  why: 'One file, one exported idea: around 100 lines, 400 at most.',
  *check({ packages, files }) {
    const scripts = files.filter(({ path }) => path.startsWith('scripts/') && /\.(ts|mjs)$/.test(path))
    for (const file of [...packages.flatMap(({ sources }) => sources), ...scripts]) {
      if (file.path.endsWith('.test.ts')) continue
      const lines = file.text.trimEnd().split('\n').length
      if (lines > maxLines)
        yield { path: file.path, message: `has ${lines} lines; ${maxLines} is the limit: split it by idea` }
    }
  },
}
