import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CoverageRow, coverageRows, type ExpectedSpecification } from './coverage-table.ts'

/** What is wrong with docs/spec-coverage.md: ids left out or unknown, cells left empty, files and tests that are not there. */
export const coverageProblems = (
  root: string,
  specifications: readonly ExpectedSpecification[],
  document: string,
): readonly string[] => {
  const rows = coverageRows(document)
  const problems: string[] = []
  for (const { id: specification, tasks } of specifications) {
    for (const task of tasks) {
      const [row, ...more] = rows.filter((each) => each.specification === specification && each.id === task.id)
      const name = `spec ${specification} ${task.id}`
      if (!row) problems.push(`${name} (${task.title}) is left out`)
      else if (more.length > 0) problems.push(`${name} has ${more.length + 1} rows`)
      else if (row.where.startsWith('later:')) {
        if (row.where !== `later: ${task.mayWaitFor}`) problems.push(`${name} may not wait: "${row.where}"`)
      } else problems.push(...rowProblems(root, row).map((problem) => `${name} ${problem}`))
    }
    for (const row of rows.filter((each) => each.specification === specification)) {
      if (!tasks.some(({ id }) => id === row.id)) problems.push(`spec ${specification} ${row.id} is not a known task`)
    }
  }
  return problems
}

const rowProblems = (root: string, { where, shownBy }: CoverageRow): readonly string[] => {
  const problems: string[] = []
  const places = codeSpans(where)
  if (places.length === 0) problems.push('does not say where it is')
  for (const place of places) {
    if (!commandExists(root, place) && !existsSync(join(root, place)))
      problems.push(`names ${place}, which does not exist`)
  }
  const claims = shownBy
    .split(/<br ?\/?>/)
    .map((claim) => claim.trim())
    .filter((claim) => claim !== '')
  if (claims.length === 0) problems.push('names no test')
  for (const claim of claims) {
    const [, file, title] = /^`([^`]+)`: (.+)$/.exec(claim) ?? []
    if (file === undefined || title === undefined) {
      const [command] = codeSpans(claim)
      if (command === undefined || !commandExists(root, command))
        problems.push(`shows neither "\`file\`: title" nor a root command: ${claim}`)
    } else if (!existsSync(join(root, file))) problems.push(`names ${file}, which does not exist`)
    else if (!containsTitle(readFileSync(join(root, file), 'utf8'), title))
      problems.push(`names a test that ${file} does not have: ${title}`)
  }
  return problems
}

const codeSpans = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')

/** Whether the text stands in the file as a string of its own, or as the title of a template. */
const containsTitle = (source: string, title: string): boolean =>
  [title, title.replaceAll("'", "\\'"), title.replaceAll('`', '\\`')].some((text) =>
    ["'", '"', '`'].some((quote) => source.includes(`${quote}${text}${quote}`)),
  )

const commandExists = (root: string, command: string): boolean => {
  const name = /^npm (?:run )?([\w-]+)/.exec(command)?.[1]
  if (name === undefined) return false
  const manifest: { scripts?: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return manifest.scripts?.[name] !== undefined
}
