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

/** What one storage did on one server. */
export interface ConformanceRow {
  readonly subject: string
  /** The title of the server; undefined when there was none. */
  readonly server: string | undefined
  /** Undefined when the report of the servers does not say it. */
  readonly version: string | undefined
  readonly passed: number
  /** Cases about what the storage refuses honestly. */
  readonly refused: number
  /** Cases that the server itself is known to get wrong. */
  readonly deviating: number
  readonly failed: number
}

const suiteTitle = / is a credential storage$/

/** One row for each storage and server that ran the conformance suite, sorted. A suite whose server was absent has none. */
export const conformanceRows = (tests: TestReport, servers: ServersReport): readonly ConformanceRow[] => {
  const rows = new Map<string, { -readonly [K in keyof ConformanceRow]: ConformanceRow[K] }>()
  for (const { name, assertionResults } of tests.testResults) {
    for (const { ancestorTitles, title, status } of assertionResults) {
      const suite = ancestorTitles.find((ancestor) => suiteTitle.test(ancestor))
      if (suite === undefined || !/packages\/storage-/.test(name)) continue
      const subject = suite.replace(suiteTitle, '')
      const server = ancestorTitles.find((ancestor) => ancestor.startsWith('on '))?.slice('on '.length)
      const key = `${subject}\n${server}`
      const version = servers.find((use) => use.title === server && name.endsWith(use.suite))?.version
      const row = rows.get(key) ?? { subject, server, version, passed: 0, refused: 0, deviating: 0, failed: 0 }
      rows.set(key, row)
      if (status === 'failed') row.failed += 1
      else if (status !== 'passed') row.refused += 1
      else if (/ \(fails on \S+: /.test(title)) row.deviating += 1
      else row.passed += 1
    }
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}
