import type { Rule } from '../rule.ts'

const headings = ['Context', 'Decision', 'Consequences']

/** Decision records are numbered and have the same parts. */
export const decisionRecords: Rule = {
  name: 'decision-records',
  why: 'A decision without its context and its price will be taken again.',
  *check({ files }) {
    const numbers = new Map<string, string>()
    for (const { path, text } of files) {
      if (!path.startsWith('docs/decisions/') || /\/README\.md$/.test(path)) continue
      const number = /^docs\/decisions\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]
      if (number === undefined) {
        yield { path, message: 'must be called NNNN-what-was-decided.md' }
        continue
      }
      const other = numbers.get(number)
      if (other !== undefined) yield { path, message: `has the number of ${other}` }
      numbers.set(number, path)
      if (!/^# \S/.test(text)) yield { path, line: 1, message: 'must begin with a title: "# …"' }
      for (const heading of headings) {
        if (!new RegExp(`^(## ${heading}\\b|\\*\\*${heading}\\.\\*\\*)`, 'm').test(text)) {
          yield { path, message: `lacks a paragraph "**${heading}.** …"` }
        }
      }
    }
  },
}
