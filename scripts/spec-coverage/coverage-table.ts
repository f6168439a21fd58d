/** A task of a specification, called what it is called here. */
export interface ExpectedTask {
  readonly id: string
  readonly title: string
  /** The package of a later system that will hold it: its row may say `later: <package>` instead of a file. */
  readonly mayWaitFor?: string
}

/** One specification and the tasks of it that must have a row. */
export interface ExpectedSpecification {
  readonly id: string
  readonly title: string
  readonly tasks: readonly ExpectedTask[]
}

/** One row of docs/spec-coverage.md, still as text. */
export interface CoverageRow {
  readonly specification: string
  readonly line: number
  readonly id: string
  readonly title: string
  readonly where: string
  readonly shownBy: string
}

/** The rows of every table under a `## Spec <id>` heading. */
export const coverageRows = (document: string): readonly CoverageRow[] => {
  const rows: CoverageRow[] = []
  let specification = ''
  for (const [index, line] of document.split('\n').entries()) {
    specification = /^## Spec (\S+?):?(\s|$)/.exec(line)?.[1] ?? specification
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'))
    const [before, id = '', title = '', where = '', shownBy = ''] = cells
    if (before === '' && /^(T\d{3}|SC-\d{3}|P\d-T\d+)$/.test(id))
      rows.push({ specification, line: index + 1, id, title, where, shownBy })
  }
  return rows
}

/** The document with a row for every expected task: rows that are there keep what they say. */
export const renderCoverage = (specifications: readonly ExpectedSpecification[], document: string): string => {
  const known = coverageRows(document)
  const introduction = document.split(/^## Spec /m)[0]?.trimEnd() || defaultIntroduction
  const tables = specifications.map(({ id, title, tasks }) => {
    const rows = tasks.map((task) => {
      const row = known.find((candidate) => candidate.specification === id && candidate.id === task.id)
      const cells = [task.id, task.title, row?.where ?? '', row?.shownBy ?? '']
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
    })
    return [
      `## Spec ${id}: ${title}`,
      '',
      '| id | task, as it is called here | where it is | test that shows it |',
      '| --- | --- | --- | --- |',
      ...rows,
    ].join('\n')
  })
  return `${[introduction, ...tables].join('\n\n')}\n`
}

const defaultIntroduction = `# What the specifications ask, and the test that shows it

Every task of a specification has a row. The third cell names files, the fourth names tests as \`file\`: title, several
with \`<br>\` between them, or a root command such as \`npm run check\`. \`npm run check\` fails on an id left out, on a file
that does not exist and on a title that is not in its file. \`node scripts/check-spec-coverage.ts --write\` adds missing
rows. A task that belongs to a system still to come says \`later: package\`.`
