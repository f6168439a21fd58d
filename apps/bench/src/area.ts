/**
 * One area of the benchmark: what is measured, of whom, and how good it has to be. To add an area, make a folder with an
 * `area.ts` that exports one of these and add a line to `areas.ts`.
 */
export interface Area {
  /** What the area shows, as one sentence. */
  readonly description: string
  readonly rows: readonly Row[]
  readonly subjects: readonly Subject[]
  readonly goals: readonly Goal[]
  /** How often each subject is measured, in turn with the others. Default 5. */
  readonly rounds?: number
  /** Flags of Node for the subjects' processes, such as `--expose-gc`. */
  readonly nodeFlags?: readonly string[]
}

/** One thing that is measured. */
export interface Row {
  readonly name: string
  readonly unit: 'ns' | 'µs' | 'ms' | 'bytes' | '%' | '/s' | '×'
  /** The subject the others are shown as multiples of: the least code that could do the job. */
  readonly floor?: string
  /** Measured in the first round only: for figures that do not depend on the machine, such as hit ratios. Default false. */
  readonly once?: boolean
}

/** Figures of one subject by the name of the row. A row it has nothing to say about is left out. */
export type Figures = Readonly<Record<string, number>>

/** One thing that is compared: ours, a peer from npm, or a floor. It is measured in a process of its own. */
export interface Subject {
  readonly name: string
  /** Takes the measurements. `firstRound` tells when the rows marked `once` are due. */
  measure(round: { readonly firstRound: boolean }): Promise<Figures>
}

/** What a figure has to reach. */
export interface Goal {
  readonly row: string
  readonly subject: string
  /** Compares with the figure of another subject; absent: the figure itself has to reach the goal. */
  readonly against?: string
  /** How to compare: the quotient of the two figures, or their difference. Default `ratio`. */
  readonly by?: 'ratio' | 'difference'
  /** The goal; one of the two. `atMost: 1.3` against `Map` means: no more than 1.3 times the figure of `Map`. */
  readonly atMost?: number
  readonly atLeast?: number
}
