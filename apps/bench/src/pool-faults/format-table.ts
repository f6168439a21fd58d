import type { Fault, Verdict } from './fault.ts'

/** The verdicts of one fault, by library. */
export interface FaultRow {
  readonly fault: Fault
  readonly verdicts: ReadonlyMap<string, Verdict>
}

const cells = { right: 'right', wrong: '**WRONG**', 'not offered': 'not offered', 'not tried': '–' } as const

/** The table fault × library in Markdown, and under it what happened where a library was wrong. */
export const formatTable = (rows: readonly FaultRow[], libraries: readonly string[]): readonly string[] => {
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`
  return [
    line(['fault', 'what is right', ...libraries]),
    line(['---', '---', ...libraries.map(() => '---')]),
    ...rows.map(({ fault, verdicts }) =>
      line([fault.name, fault.right, ...libraries.map((name) => cells[verdicts.get(name)?.kind ?? 'not tried'])]),
    ),
    '',
    ...rows.flatMap(({ fault, verdicts }) =>
      libraries.flatMap((name) => {
        const verdict = verdicts.get(name)
        return verdict === undefined || verdict.what === '' || verdict.kind === 'not tried'
          ? []
          : [`- ${fault.name}, ${name}: ${verdict.kind === 'wrong' ? 'WRONG: ' : ''}${verdict.what}`]
      }),
    ),
  ]
}
