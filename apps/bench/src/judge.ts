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

/** The quotient or the difference of two medians over the rounds, as a reader would work it out from the table. */
export const compared = (own: readonly number[], other: readonly number[], by: 'ratio' | 'difference'): number =>
  by === 'ratio' ? median(own) / median(other) : median(own) - median(other)
