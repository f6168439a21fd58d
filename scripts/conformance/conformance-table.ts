/** What is read of the report of vitest. */
export interface TestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
    }[]
  }[]
}

/** What is read of the report of the servers. */
export type ServersReport = readonly { readonly title: string; readonly version?: string; readonly suite: string }[]

interface Row {
  readonly subject: string
  readonly server: string
  passed: number
  refused: number
  deviating: number
  failed: number
}

const suiteTitle = / is a credential storage$/

/**
 * One row for each storage and server that ran the conformance suite: cases passed, cases about what the storage refuses
 * honestly, cases that the server itself is known to get wrong, and cases failed.
 */
export const conformanceTable = (tests: TestReport, servers: ServersReport): readonly string[] => {
  const rows = new Map<string, Row>()
  for (const { name, assertionResults } of tests.testResults) {
    for (const { ancestorTitles, title, status } of assertionResults) {
      const suite = ancestorTitles.find((ancestor) => suiteTitle.test(ancestor))
      if (suite === undefined || !/packages\/storage-/.test(name)) continue
      const subject = suite.replace(suiteTitle, '')
      const server = serverOf(ancestorTitles, name, servers)
      const key = `${subject}\n${server}`
      const row = rows.get(key) ?? { subject, server, passed: 0, refused: 0, deviating: 0, failed: 0 }
      rows.set(key, row)
      if (status === 'failed') row.failed += 1
      else if (status !== 'passed') row.refused += 1
      else if (/ \(fails on \S+: /.test(title)) row.deviating += 1
      else row.passed += 1
    }
  }
  return [
    '| storage | server | passed | refused honestly | known faults of the server | failed |',
    '| --- | --- | --- | --- | --- | --- |',
    ...[...rows.values()]
      .sort((a, b) => (`${a.subject} ${a.server}` < `${b.subject} ${b.server}` ? -1 : 1))
      .map(
        ({ subject, server, passed, refused, deviating, failed }) =>
          `| ${subject} | ${server} | ${passed} | ${refused} | ${deviating} | ${failed} |`,
      ),
  ]
}

const serverOf = (ancestors: readonly string[], file: string, servers: ServersReport): string => {
  const title = ancestors.find((ancestor) => ancestor.startsWith('on '))?.slice('on '.length)
  if (title === undefined) return 'in this process'
  const used = servers.find((use) => use.title === title && file.endsWith(use.suite))
  return `${title} ${used?.version ?? ''}`.trim()
}
