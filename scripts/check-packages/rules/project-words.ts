import type { Rule } from '../rule.ts'

interface Unwanted {
  readonly what: string
  readonly pattern: RegExp
}

const unwanted: readonly Unwanted[] = [
  { what: 'a path of one machine', pattern: /(?<![\w.~:/-])\/(work|farm|root)\/[\w.]/ },
  { what: 'a path of one machine', pattern: /\/tmp\/(bash|hf)\b/ },
  {
    what: 'the host of a registry',
    pattern: /registry\.npmjs|npmmirror|proxy\.golang|repo1\.maven|pypi\.org\/simple|\bartifactory\b|\bverdaccio\b/i,
  },
  { what: 'the way it was written', pattern: /\b(this|previous|earlier|later|next|another) sessions?\b/i },
  {
    what: 'the way it was written',
    pattern: /\b(subagents?|language model|system prompt|user prompt|AI assistant|Claude|ChatGPT)\b/i,
  },
  { what: 'the number of an issue', pattern: /(?<![\w#/-])issue #?\d+\b/i },
]

/** Everything in the repository speaks of the project alone. */
export const projectWords: Rule = {
  name: 'project-words',
  why: 'A reader elsewhere has neither this machine nor the history of how a line came to be.',
  *check({ files }) {
    for (const file of files) {
      // The patterns themselves.
      if (file.path.endsWith('/rules/project-words.ts')) continue
      for (const [index, line] of file.text.split('\n').entries()) {
        for (const { what, pattern } of unwanted) {
          const found = pattern.exec(line)
          if (found) yield { path: file.path, line: index + 1, message: `speaks of ${what}: "${found[0]}"` }
        }
      }
    }
  },
}
