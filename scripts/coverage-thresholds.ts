import { relative, sep } from 'node:path'

/** Lines that tests must execute in every package, in percent. */
const usualThreshold = 90

/** By name, and these only: much of what they do happens in child processes, which are not measured. */
const thresholds: Readonly<Record<string, number>> = { cli: 85, config: 85 }

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
 * Adds up the lines of each package. One of which nothing was measured does not meet its threshold.
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
    const threshold = thresholds[name] ?? usualThreshold
    return { name, percent, threshold, isMet: percent >= threshold }
  })
