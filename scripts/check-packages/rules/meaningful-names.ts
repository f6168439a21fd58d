import type { Rule } from '../rule.ts'

const empty = /^(.+-)?(utils?|helpers?|common|misc|types|shared)$/

/** No file or folder is named after nothing. */
export const meaningfulNames: Rule = {
  name: 'meaningful-names',
  why: 'A file called utils is where things are put that nobody can find again.',
  *check({ files }) {
    const reported = new Set<string>()
    for (const { path } of files) {
      if (!/^(packages|apps|scripts)\//.test(path)) continue
      const parts = path.split('/')
      for (const [depth, part] of parts.entries()) {
        const here = parts.slice(0, depth + 1).join('/')
        if (reported.has(here) || !empty.test(part.replace(/(\.test)?\.[a-z]+$/, ''))) continue
        reported.add(here)
        yield { path: here, message: 'says nothing about what is inside; name it after its one idea' }
      }
    }
  },
}
