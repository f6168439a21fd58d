import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { repositoryRoot } from '../repository-root.ts'

const text = readFileSync(join(repositoryRoot, 'docs/security.md'), 'utf8')

interface Claim {
  readonly claim: string
  readonly file: string
  readonly title: string
}

const claims: readonly Claim[] = text.split('\n').flatMap((line) => {
  const parts = /^\| (?<claim>.+) \| `(?<file>\S+)` → (?<title>.+) \|$/.exec(line)?.groups
  // The pattern has these three groups, and each of them takes part in every match.
  return parts === undefined ? [] : [parts as unknown as Claim]
})

/** Whether a test file has a test of this name, written in any kind of quotes. */
const hasTest = (source: string, title: string): boolean =>
  ["'", '"', '`'].some((quote) => source.includes(`${quote}${title.replaceAll(quote, `\\${quote}`)}${quote}`))

it('every row under "What is guaranteed" names a test', () => {
  const section = text.split('## What is guaranteed')[1]?.split('\n## ')[0] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| claim '))
  expect(rows.length).toBeGreaterThan(30)
  expect(rows).toHaveLength(claims.length)
})

it.each(claims)('$claim: the test exists', ({ file, title }) => {
  expect(existsSync(join(repositoryRoot, file)), file).toBe(true)
  expect(hasTest(readFileSync(join(repositoryRoot, file), 'utf8'), title), `${file} has a test "${title}"`).toBe(true)
})
