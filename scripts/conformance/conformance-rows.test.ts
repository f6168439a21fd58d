import { expect, it } from 'vitest'
import { conformanceRows } from './conformance-rows.ts'
import { parseTable, renderTable } from './render-table.ts'
import { tableProblems } from './table-problems.ts'

const test = (ancestors: readonly string[], title: string, status: string) => ({
  ancestorTitles: ancestors,
  title,
  status,
})
const suite = ['on Acme Server', 'storage-acme is a credential storage']

it('counts the cases of each storage and server', () => {
  const rows = conformanceRows(
    {
      testResults: [
        {
          name: '/somewhere/packages/storage-acme/test/conformance.integration.test.ts',
          assertionResults: [
            test(suite, 'one', 'passed'),
            test(suite, 'two', 'pending'),
            test(suite, 'three (fails on acme: it forgets)', 'passed'),
            test(suite, 'four', 'failed'),
            test(['other'], 'five', 'passed'),
          ],
        },
        {
          name: '/somewhere/packages/storage-plain/src/conformance.test.ts',
          assertionResults: [test(['storage-plain is a credential storage'], 'one', 'passed')],
        },
        {
          name: '/somewhere/packages/resilience/src/conformance.test.ts',
          assertionResults: [test(['standard is a credential storage'], 'one', 'passed')],
        },
      ],
    },
    [
      { title: 'Acme Server', version: '1.2', suite: 'packages/storage-acme/test/conformance.integration.test.ts' },
      { title: 'Acme Server', version: '9', suite: 'packages/storage-acme/test/other.integration.test.ts' },
    ],
  )
  const table = renderTable(rows)
  expect(table.slice(2)).toEqual([
    '| storage-acme | Acme Server | 1.2 | 1 | 1 | 1 | 1 |',
    '| storage-plain | in this process |  | 1 | 0 | 0 | 0 |',
  ])
  expect(parseTable(`\n${table.join('\n')}\n`)).toEqual(rows)
})

const row = { subject: 'storage-acme', server: 'Acme', version: '1', passed: 9, refused: 1, deviating: 0, failed: 0 }

it('takes a table for right that another machine wrote, with other versions', () => {
  expect(tableProblems([row], [{ ...row, version: '2' }])).toEqual([])
})

it('takes a server that only this machine has for no difference', () => {
  expect(tableProblems([row], [row, { ...row, server: 'Acme in a container', passed: 7 }])).toEqual([])
})

it.each([
  ['a case more', [row], [{ ...row, passed: 10 }]],
  ['a case that fails', [row], [{ ...row, passed: 8, failed: 1 }]],
  ['a storage that is new', [], [row]],
  ['a storage that was not run', [row], []],
])('finds %s', (_, table, run) => {
  expect(tableProblems(table, run)).toEqual([expect.stringContaining('storage-acme on Acme')])
})
