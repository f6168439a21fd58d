import type { EntryHints, ImportEntry, ImportedEntries, ImportProblem } from './import-entry.ts'
import { parseHint } from './parse-hint.ts'

/**
 * Reads a .env file as Holdfast defines it: a byte order mark is dropped; `export` may stand before a name; double
 * quotes expand `\n \r \t \\ \"` and leave every other backslash as it is; single quotes are literal; quoted values may
 * go over several lines; in an unquoted value a comment begins at a space and a `#`; `$` means nothing. The last of two
 * equal names wins, with a warning. A line that cannot be read is a problem with its number, never a guess.
 */
export const parseDotenv = (source: string): ImportedEntries => {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source
  const found = new Map<string, ImportEntry>()
  const problems: ImportProblem[] = []
  const warnings: ImportProblem[] = []
  let hints: EntryHints = {}
  let line = 1
  for (let position = 0; position < text.length; ) {
    const end = endOfLine(text, position)
    const head = text.slice(position, end).trim()
    let next = end + 1
    if (head.startsWith('#')) {
      const hint = parseHint(head)
      problems.push(...(hint?.problems ?? []).map((message) => ({ line, message })))
      hints = { ...hints, ...hint?.hints }
    } else if (head !== '') {
      const assignment = readAssignment(text, position, end)
      if ('problem' in assignment) problems.push({ line, message: assignment.problem })
      else {
        const earlier = found.get(assignment.name)
        if (earlier !== undefined) {
          warnings.push({
            line,
            message: `${assignment.name} stands in line ${earlier.line} as well: the last one is used`,
          })
          found.delete(assignment.name)
        }
        found.set(assignment.name, { name: assignment.name, value: assignment.value, hints, line })
        next = assignment.end + 1
      }
      hints = {}
    }
    line += linesBetween(text, position, next)
    position = next
  }
  if (Object.keys(hints).length > 0) {
    warnings.push({ line: line - 1, message: 'the hint at the end of the file has no variable below it' })
  }
  return { entries: [...found.values()], problems, warnings }
}

/** A variable and the end of the last line it takes, or what is wrong with the first. */
type Assignment = { readonly name: string; readonly value: string; readonly end: number } | { readonly problem: string }

const readAssignment = (text: string, start: number, end: number): Assignment => {
  const separator = text.indexOf('=', start)
  if (separator < 0 || separator > end) {
    return { problem: 'there is no "=": write NAME=value, or # before a comment' }
  }
  const name = text
    .slice(start, separator)
    .trim()
    .replace(/^export\s+/, '')
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return { problem: 'what stands before "=" is no variable name: letters, digits and underscores, no digit first' }
  }
  let begin = separator + 1
  while (text[begin] === ' ' || text[begin] === '\t') begin++
  const quote = text[begin]
  if (quote !== '"' && quote !== "'") return { name, value: unquoted(text.slice(separator + 1, end)), end }
  const closing = closingQuote(text, begin, quote)
  if (closing < 0) return { problem: `the value of ${name} begins with a ${quote} that is never closed` }
  const lastEnd = endOfLine(text, closing)
  const rest = text.slice(closing + 1, lastEnd).trim()
  if (rest !== '' && !rest.startsWith('#')) {
    return {
      problem: `something stands after the closing ${quote} of ${name}, or the quote is not closed where it should be`,
    }
  }
  const value = text.slice(begin + 1, closing)
  return { name, value: quote === "'" ? value : expandEscapes(value), end: lastEnd }
}

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

const linesBetween = (text: string, from: number, to: number): number => {
  let lines = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

const closingQuote = (text: string, opening: number, quote: '"' | "'"): number => {
  for (let at = opening + 1; at < text.length; at++) {
    if (text[at] === quote) return at
    if (text[at] === '\\' && quote === '"') at++
  }
  return -1
}

const unquoted = (text: string): string => {
  const comment = text.search(/[ \t]#/)
  return (comment < 0 ? text : text.slice(0, comment)).trim()
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '"': '"' }

const expandEscapes = (text: string): string =>
  text.replace(/\\([nrt\\"])/g, (whole: string, letter: string) => escapes[letter] ?? whole)
