import type { Goal } from './area.ts'
import type { Measured } from './measure-area.ts'
import { median } from './median.ts'

/** A goal with what was reached. */
export interface Verdict extends Goal {
  /** The figure that has to reach the goal; null when it could not be measured. */
  readonly value: number | null
  readonly met: boolean
}

/** Compares the figures with the goals. A goal whose figure is missing is short. */
export const judge = (goals: readonly Goal[], { figures }: Measured): readonly Verdict[] =>
  goals.map((goal) => {
    const own = figures.get(goal.subject)?.get(goal.row) ?? []
    const other = goal.against === undefined ? undefined : (figures.get(goal.against)?.get(goal.row) ?? [])
    const value = other === undefined ? median(own) : compared(own, other, goal.by ?? 'ratio')
    const met =
      value <= (goal.atMost ?? Number.POSITIVE_INFINITY) && value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY)
    return { ...goal, value: Number.isNaN(value) ? null : value, met }
  })

/** The median over the rounds of the quotient or difference within each round: what slows a whole round down cancels out. */
export const compared = (own: readonly number[], other: readonly number[], by: 'ratio' | 'difference'): number => {
  const perRound = own.flatMap((value, round) => {
    const reference = other[round]
    return reference === undefined ? [] : [by === 'ratio' ? value / reference : value - reference]
  })
  return median(perRound)
}
