import { relative, sep } from 'node:path'

/** Lines that tests must execute, in percent of the package's lines. */
export const coverageThresholds: Readonly<Record<string, number>> = {
  cache: 90,
  cli: 85,
  config: 85,
  contracts: 90,
  'credential-core': 90,
  'storage-local': 90,
  'storage-memory': 90,
  testkit: 90,
}

/** What istanbul's `coverage-summary.json` holds for each file, as far as it is read here. */
export type CoverageSummary = Readonly<
  Record<string, { readonly lines: { readonly total: number; readonly covered: number } }>
>

/** How one package stands against its threshold. */
export interface PackageCoverage {
  readonly name: string
  readonly percent: number
  readonly threshold: number
  readonly isMet: boolean
}

/**
 * Adds up the lines of each package. A package of `names` without a threshold, or of which nothing was measured, does
 * not meet it: a new package cannot escape by being unknown.
 */
export const packageCoverage = (
  summary: CoverageSummary,
  root: string,
  names: readonly string[],
): readonly PackageCoverage[] =>
  names.map((name) => {
    let total = 0
    let covered = 0
    for (const [file, { lines }] of Object.entries(summary)) {
      if (!relative(root, file).startsWith(['packages', name, 'src', ''].join(sep))) continue
      total += lines.total
      covered += lines.covered
    }
    const percent = total === 0 ? 0 : (covered / total) * 100
    const threshold = coverageThresholds[name] ?? 100
    return { name, percent, threshold, isMet: percent >= threshold }
  })
