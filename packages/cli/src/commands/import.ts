import { resolve } from 'node:path'
import type { CredentialManager } from '@holdfast/credential-core'
import type { Command, Invocation } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { type ImportDefaults, type PlannedEntry, planImport } from '../import/plan-import.ts'
import { describeProblem, problemsError } from '../import/problems-error.ts'
import { type ImportFormat, importFormats, readSource } from '../import/read-source.ts'
import { table } from '../table.ts'
import { usageError } from '../usage-error.ts'
import { withVault } from '../vault/open-vault.ts'
import { attributeOptions, readAttributes } from './attributes.ts'

/** How many credentials are written between two lines of progress. */
const batchSize = 100

/** `holdfast import <file>`: seals every variable of a .env, JSON or YAML file, or every file of a folder. */
export const importCommand: Command = {
  name: 'import',
  usage: '<file or folder>',
  summary: 'seal every secret of a .env, JSON or YAML file, or of a folder',
  description: [
    'STRIPE_API_KEY becomes the id stripe-api-key, DB__MAIN becomes db/main; the variable is kept as the tag env, by which',
    '"run" and "export" find it. In a .env file a comment above a line says more about it:',
    '  # holdfast: kind=api-key expires=2027-01-31 scope=org:acme/team:billing id=stripe/live tag.owner=payments',
    'What is stored already and is the same stays as it is. With any problem nothing is imported.',
  ].join('\n'),
  positionals: { min: 1, max: 1 },
  options: {
    format: { type: 'string', value: importFormats.join('|'), help: 'what the source is; default: by its name' },
    prefix: { type: 'string', value: 'TEXT', help: 'put this before each derived id: app/' },
    ...attributeOptions,
    overwrite: { type: 'boolean', help: 'replace what is stored already and differs' },
    partial: { type: 'boolean', help: 'import what can be read and leave the rest' },
    'dry-run': { type: 'boolean', help: 'say what would be done and do nothing' },
  },
  run: (invocation) => withVault(invocation, ({ manager }) => runImport(invocation, manager)),
}

const runImport = async (invocation: Invocation, manager: CredentialManager): Promise<number> => {
  const { environment, output, positionals, signal, isSet } = invocation
  // Exactly one was asked for.
  const source = String(positionals[0])
  const read = await readSource(resolve(environment.cwd, source), formatOf(invocation))
  for (const warning of read.warnings) output.warn(describeProblem(warning))
  const plan = await planImport(manager, read.entries, defaultsOf(invocation), {
    overwrite: isSet('overwrite'),
    signal,
  })
  const problems = [...read.problems, ...plan.problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  if (problems.length > 0 && !isSet('partial')) throw problemsError(source, problems)
  for (const problem of problems) output.warn(`left out: ${describeProblem(problem)}`)
  const isDryRun = isSet('dry-run')
  if (!isDryRun) await write(invocation, manager, plan.entries)
  const rows = plan.entries.map(({ name, id, action }) => ({ name, id, action: isDryRun ? action : done[action] }))
  output.result(
    { imported: rows, problems: problems.map(describeProblem), dryRun: isDryRun },
    rows.length === 0
      ? 'There was nothing to import.'
      : table([['NAME', 'ID', isDryRun ? 'WOULD BE' : 'DONE'], ...rows.map((row) => [row.name, row.id, row.action])]),
  )
  if (!isDryRun && rows.length > 0) {
    output.note(
      `Next: holdfast list, or holdfast run -- <your program>. ${
        problems.length === 0
          ? `Delete ${source} when nothing needs it any more.`
          : `Keep ${source}: what was left out is nowhere else.`
      }`,
    )
  }
  return exitCodes.success
}

const done = { create: 'created', update: 'updated', unchanged: 'unchanged' } as const

const write = async (
  { output, signal }: Invocation,
  manager: CredentialManager,
  entries: readonly PlannedEntry[],
): Promise<void> => {
  const items = entries.filter(({ action }) => action !== 'unchanged').map(({ item }) => item)
  for (let start = 0; start < items.length; start += batchSize) {
    output.progress(`importing: ${start} of ${items.length}`)
    const result = await manager.storeBatch(items.slice(start, start + batchSize), { signal })
    for (const item of result.items) if (!item.ok) throw item.error
  }
}

const formatOf = ({ text }: Invocation): ImportFormat | undefined => {
  const given = text('format')
  const format = importFormats.find((known) => known === given)
  if (given !== undefined && format === undefined) {
    throw usageError(
      'import',
      'The option --format is none that import knows.',
      `Use one of ${importFormats.join(', ')}.`,
    )
  }
  return format
}

const defaultsOf = (invocation: Invocation): ImportDefaults => {
  const prefix = invocation.text('prefix')
  return { ...readAttributes(invocation), ...(prefix === undefined ? {} : { prefix }) }
}
