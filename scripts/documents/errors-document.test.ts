import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { errorCodes } from '../../packages/contracts/src/error-code.ts'
import { errorReasons } from '../../packages/contracts/src/error-reason.ts'
import { repositoryRoot } from '../repository-root.ts'

const text = readFileSync(join(repositoryRoot, 'docs/errors.md'), 'utf8')

/** The rows of the table under a heading, each as its cells. */
const rowsOf = (heading: string): readonly (readonly string[])[] => {
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  return rows.map((line) => line.slice(2, -2).split(' | '))
}

const names = (cell = ''): string[] => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name)

it('docs/errors.md explains every code of the source, in its order, and no other', () => {
  const rows = rowsOf('Codes')
  expect(rows.flatMap(([code]) => names(code))).toEqual([...errorCodes])
  for (const row of rows) expect(row, row[0]).toHaveLength(3)
})

it('docs/errors.md explains every reason of the source, in its order, and no other', () => {
  const rows = rowsOf('Reasons')
  expect(rows.flatMap(([reason]) => names(reason))).toEqual([...errorReasons])
  for (const row of rows) expect(row, row[0]).toHaveLength(4)
})

it('docs/errors.md gives each reason the codes it comes with', () => {
  const codes: readonly string[] = errorCodes
  for (const [reason, given] of rowsOf('Reasons')) {
    expect(names(given).length, reason).toBeGreaterThan(0)
    expect(names(given).filter((name) => !codes.includes(name))).toEqual([])
  }
})
