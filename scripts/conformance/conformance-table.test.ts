import { expect, it } from 'vitest'
import { conformanceTable } from './conformance-table.ts'

const test = (ancestors: readonly string[], title: string, status: string) => ({
  ancestorTitles: ancestors,
  title,
  status,
})
const suite = ['on Acme Server', 'storage-acme is a credential storage']

it('counts the cases of each storage and server', () => {
  const table = conformanceTable(
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
  expect(table.slice(2)).toEqual([
    '| storage-acme | Acme Server 1.2 | 1 | 1 | 1 | 1 |',
    '| storage-plain | in this process | 1 | 0 | 0 | 0 |',
  ])
})
