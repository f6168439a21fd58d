import { type HoldfastError, parseScopeId } from '@holdfast/contracts'
import { type CopyReport, copyCredentials } from '@holdfast/credential-core'
import type { CommandOption, Invocation } from '../command.ts'
import { exitCodeOf, exitCodes } from '../exit-code.ts'
import { selectionOptions, tagsOf } from '../select-credentials.ts'
import { table } from '../table.ts'
import { usageError } from '../usage-error.ts'
import { openStores } from './open-stores.ts'

/** Options of `copy` and `migrate`. */
export const copyOptions: Readonly<Record<string, CommandOption>> = {
  ...selectionOptions,
  'dry-run': { type: 'boolean', help: 'read both sides, say what would be done and do nothing' },
  overwrite: { type: 'boolean', help: 'replace what is at the destination and differs' },
  reseal: { type: 'boolean', help: 'open each value with one vault and seal it with the other' },
  'to-key-file': { type: 'string', value: 'FILE', help: 'with --reseal: the key file that opens the destination' },
  concurrency: { type: 'string', value: 'N', help: 'how many at the same time, 1 to 64; default 8' },
}

/** Copies what the options select, tells what was done, and answers the exit code. */
export const runCopy = async (
  invocation: Invocation,
  { operation, removeFromSource }: { readonly operation: 'copy' | 'migrate'; readonly removeFromSource: boolean },
): Promise<number> => {
  const { output, signal, text, isSet } = invocation
  const dryRun = isSet('dry-run')
  const concurrency = concurrencyOf(invocation, operation)
  const stores = await openStores(invocation, dryRun)
  try {
    const { from, to, reseal } = stores
    if (stores.isDestinationMissing) output.note('The destination does not exist yet: it would be made.')
    const scope = text('scope')
    const report = await copyCredentials(from, to, {
      prefix: text('prefix'),
      scope: scope === undefined ? undefined : parseScopeId(scope),
      tags: tagsOf(invocation),
      overwrite: isSet('overwrite'),
      dryRun,
      removeFromSource,
      reseal,
      concurrency,
      signal,
      onProgress: ({ done, total }) => output.progress(`${verbs[operation]}: ${done} of ${total}`),
    })
    // What was done until Ctrl-C is told, then that it was interrupted.
    const code = tell(invocation, report, { dryRun, from: from.name, to: to.name })
    if (signal.aborted) throw signal.reason
    return code
  } finally {
    await stores.close()
  }
}

const verbs = { copy: 'copying', migrate: 'moving' } as const

const tell = (
  { output }: Invocation,
  { items, keyring, failed }: CopyReport,
  { dryRun, from, to }: { readonly dryRun: boolean; readonly from: string; readonly to: string },
): number => {
  const rows = items.map((item) =>
    item.ok
      ? { id: item.id, action: item.value.action, removed: item.value.removed }
      : { id: item.id, action: 'failed' as const, code: item.error.code, message: item.error.message },
  )
  const counts = { created: 0, replaced: 0, unchanged: 0, failed: 0 }
  for (const { action } of rows) counts[action] += 1
  output.result(
    { from, to, keyring, dryRun, ...counts, credentials: rows },
    rows.length === 0
      ? 'There was nothing to copy.'
      : [
          table([
            ['ID', dryRun ? 'WOULD BE' : 'DONE'],
            ...rows.map((row) => [row.id, `${row.action}${'removed' in row && row.removed ? ', removed here' : ''}`]),
          ]),
          '',
          `${counts.created} created, ${counts.replaced} replaced, ${counts.unchanged} unchanged, ${failed} failed${keyring === 'none' ? '' : `; keyring ${keyring}`}.`,
        ].join('\n'),
  )
  const errors = items.flatMap((item) => (item.ok ? [] : [item.error]))
  for (const { code, message } of errors) if (code !== 'CANCELLED') output.warn(message)
  if (errors.some(({ code }) => code === 'CANCELLED')) output.note('Run the same command again to go on.')
  const [first] = errors
  return first === undefined ? exitCodes.success : exitCodeOf(first)
}

const concurrencyOf = ({ text }: Invocation, operation: string): number | undefined => {
  const given = text('concurrency')
  if (given === undefined) return undefined
  const number = Number(given)
  if (Number.isInteger(number) && number >= 1 && number <= 64) return number
  throw usageError(operation, 'The option --concurrency is no whole number from 1 to 64.', 'Leave it away for 8.')
}

/** The error of a command that would delete and was not told to. */
export const notConfirmed = (): HoldfastError =>
  usageError(
    'migrate',
    'holdfast migrate deletes each secret from its store once its copy was read back, and was not told to.',
    'Add --yes if that is what you want, --dry-run to see what it would do, or use holdfast copy to keep both.',
  )
