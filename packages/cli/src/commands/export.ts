import { HoldfastError } from '@holdfast/contracts'
import type { CredentialManager } from '@holdfast/credential-core'
import { stringify as stringifyYaml } from 'yaml'
import type { Command, Invocation } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { formatDotenv } from '../import/format-dotenv.ts'
import { nameOfId } from '../import/variable-names.ts'
import { safeJson } from '../safe-json.ts'
import { selectCredentials, selectionOptions } from '../select-credentials.ts'
import { textOfCredential } from '../text-of-credential.ts'
import { usageError } from '../usage-error.ts'
import { explainDamage } from '../vault/explain-damage.ts'
import { withVault } from '../vault/open-vault.ts'

/** `holdfast export --reveal`: prints secrets in clear, as a .env file, JSON or YAML. */
export const exportCommand: Command = {
  name: 'export',
  usage: '--reveal',
  summary: 'print secrets in clear, as a .env file, JSON or YAML',
  description: [
    'One flat list of names and values. A name is the tag env, else what import would make the id of: stripe-api-key is',
    'STRIPE_API_KEY. What is exported can be imported again.',
  ].join('\n'),
  options: {
    reveal: { type: 'boolean', help: 'really print the values: without it the command is refused' },
    format: { type: 'string', value: 'env|json|yaml', help: 'default env; --json is the same as json' },
    ...selectionOptions,
  },
  async run(invocation) {
    const { output, isSet } = invocation
    if (!isSet('reveal')) {
      throw usageError(
        'export',
        'holdfast export prints every secret in clear, and was not told to.',
        'Add --reveal if that is what you want. To use secrets without seeing them: holdfast run -- <your program>.',
      )
    }
    const format = formatOf(invocation)
    const values = await withVault(invocation, ({ manager }) => collect(invocation, manager))
    output.raw(format(values))
    return exitCodes.success
  },
}

const formats: Readonly<Record<string, (values: ReadonlyMap<string, string>) => string>> = {
  env: formatDotenv,
  json: (values) => `${safeJson(Object.fromEntries(values))}\n`,
  // Core schema with every text in quotes: 0123 and no stay texts for every reader.
  yaml: (values) =>
    stringifyYaml(Object.fromEntries(values), {
      defaultStringType: 'QUOTE_DOUBLE',
      defaultKeyType: 'PLAIN',
      lineWidth: 0,
    }),
}

const formatOf = ({ output, text }: Invocation): ((values: ReadonlyMap<string, string>) => string) => {
  const given = text('format') ?? (output.isJson ? 'json' : 'env')
  const format = Object.hasOwn(formats, given) ? formats[given] : undefined
  if (format !== undefined) return format
  throw usageError('export', 'The option --format is none that export knows.', 'Use env, json or yaml.')
}

const collect = async (invocation: Invocation, manager: CredentialManager): Promise<ReadonlyMap<string, string>> => {
  const { signal } = invocation
  const { readable, damaged } = await selectCredentials(manager, invocation)
  const { items } = await manager.retrieveBatch(
    readable.map(({ id }) => id),
    { signal, refuseExpired: false },
  )
  const problems = damaged.map((id) => `${id}: it is damaged (holdfast restore ${id} goes back to the version before)`)
  let isDamaged = damaged.length > 0
  const values = new Map<string, string>()
  for (const item of items) {
    if (!item.ok) {
      problems.push(`${item.id}: ${explainDamage(item.error).message}`)
      isDamaged = true
      continue
    }
    const name = item.value.metadata.tags.env ?? nameOfId(item.id)
    const text = textOfCredential(item.value.kind, item.value.value.reveal())
    if (text === undefined) problems.push(`${item.id}: it holds bytes that are no text`)
    else if (values.has(name)) problems.push(`${item.id}: another secret is called ${name} as well`)
    else values.set(name, text)
  }
  if (problems.length === 0) return values
  throw new HoldfastError({
    ...(isDamaged ? { code: 'DATA_LOSS' } : { code: 'INVALID_ARGUMENT', reason: 'VALUE_MALFORMED' }),
    source: 'cli',
    operation: 'export',
    message: `${problems.length === 1 ? 'A secret' : `${problems.length} secrets`} cannot be exported, and nothing was printed.`,
    hint: 'Narrow the export with --prefix, --scope or --tag, or look at them with holdfast doctor.',
    details: { lines: problems },
  })
}
