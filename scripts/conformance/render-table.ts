import type { ConformanceRow } from './conformance-rows.ts'

const noServer = 'in this process'

/** The table of docs/conformance.md, as lines. */
export const renderTable = (rows: readonly ConformanceRow[]): readonly string[] => [
  '| storage | server | version | passed | refused honestly | known faults of the server | failed |',
  '| --- | --- | --- | --- | --- | --- | --- |',
  ...rows.map(({ subject, server = noServer, version = '', passed, refused, deviating, failed }) =>
    ['', subject, server, version, passed, refused, deviating, failed, ''].join(' | ').trim(),
  ),
]

/** Reads the rows of such a table back. */
export const parseTable = (text: string): readonly ConformanceRow[] =>
  text
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(({ length }) => length === 9)
    .slice(2)
    .map(([, subject = '', server, version, ...counts]) => {
      const [passed = 0, refused = 0, deviating = 0, failed = 0] = counts.map(Number)
      return {
        subject,
        server: server === noServer ? undefined : server,
        version: version === '' ? undefined : version,
        passed,
        refused,
        deviating,
        failed,
      }
    })
