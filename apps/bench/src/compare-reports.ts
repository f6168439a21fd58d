import type { Verdict } from './judge.ts'

/** The part of a report of `bench.ts --json` that a comparison reads. */
export interface BenchReport {
  readonly goals: readonly Verdict[]
}

/** One ratio in two reports. */
export interface Comparison {
  readonly goal: string
  readonly base: number
  readonly head: number
  /** By how much the figure has changed, in per cent of the base. */
  readonly changePercent: number
  readonly worse: boolean
}

/**
 * Compares the figures behind the goals of two reports. Differences (hit ratio points) are left out: they can be 0, and
 * their own goals bound them. A goal that only one report has, or could measure, is left out as well.
 */
export const compareReports = (
  base: BenchReport,
  head: BenchReport,
  tolerancePercent: number,
): readonly Comparison[] => {
  const bases = new Map(base.goals.map((verdict) => [nameOf(verdict), verdict.value]))
  return head.goals.flatMap((verdict) => {
    const before = bases.get(nameOf(verdict))
    if (verdict.by === 'difference' || verdict.value === null || before === undefined || before === null) return []
    const changePercent = (verdict.value / before - 1) * 100
    const loss = verdict.atLeast === undefined ? changePercent : (before / verdict.value - 1) * 100
    const worse = loss > tolerancePercent
    return [{ goal: nameOf(verdict), base: before, head: verdict.value, changePercent, worse }]
  })
}

const nameOf = ({ row, subject, against }: Verdict): string =>
  `${row}: ${subject}${against === undefined ? '' : ` against ${against}`}`
