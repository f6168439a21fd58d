import type { Rule } from '../rule.ts'

const marker = /\b(TO-?DO|FIX-?ME|XX-?X)\b/

/** Nothing on main is marked as unfinished. */
export const finishedWork: Rule = {
  name: 'finished-work',
  why: 'What is left to do belongs where work is planned, not where it is forgotten.',
  *check({ files }) {
    for (const file of files) {
      for (const [index, line] of file.text.split('\n').entries()) {
        const found = marker.exec(line)
        if (found)
          yield { path: file.path, line: index + 1, message: `is marked ${found[0]}; finish it or take the mark away` }
      }
    }
  },
}
