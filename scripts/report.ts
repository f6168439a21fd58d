import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One thing a command looked at. */
export interface ReportItem {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly durationMs?: number
  readonly details?: string
}

/** What a command found, in the form that `.ci/run` adds up. */
export interface Report {
  readonly command: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly items: readonly ReportItem[]
}

/** Counts the items and writes `reports/<command>.json` under `root`. */
export const writeReport = (root: string, command: string, items: readonly ReportItem[]): Report => {
  const count = (outcome: ReportItem['outcome']): number => items.filter((item) => item.outcome === outcome).length
  const report = { command, passed: count('passed'), failed: count('failed'), skipped: count('skipped'), items }
  mkdirSync(join(root, 'reports'), { recursive: true })
  writeFileSync(join(root, 'reports', `${command}.json`), `${JSON.stringify(report, undefined, 2)}\n`)
  return report
}
