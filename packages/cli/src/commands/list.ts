import type { Command, Invocation } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { selectCredentials, selectionOptions } from '../select-credentials.ts'
import { table } from '../table.ts'
import { withVault } from '../vault/open-vault.ts'

/** `holdfast list`: every credential with what is known about it, never a value. */
export const listCommand: Command = {
  name: 'list',
  usage: '',
  summary: 'list the secrets, without their values',
  options: selectionOptions,
  run: (invocation) =>
    withVault(invocation, async ({ manager }) => {
      const { output, environment } = invocation
      const { readable, damaged } = await selectCredentials(manager, invocation)
      const now = environment.clock.wallNow()
      const rows = readable.map(({ id, metadata: { kind, scope, tags, expiresAt, updatedAt } }) => [
        id,
        kind,
        tags.env ?? '',
        scope ?? '',
        expiresAt === undefined ? '' : `${expiresAt.slice(0, 10)}${Date.parse(expiresAt) <= now ? ' EXPIRED' : ''}`,
        updatedAt.slice(0, 16).replace('T', ' '),
      ])
      output.result(
        { credentials: readable.map(({ id, version, metadata }) => ({ version, ...metadata, id })), damaged },
        rows.length === 0
          ? nothingFound(invocation, damaged.length)
          : table([['ID', 'KIND', 'VARIABLE', 'SCOPE', 'EXPIRES', 'UPDATED'], ...rows]),
      )
      for (const id of damaged) output.warn(`${id} is damaged: holdfast doctor says what to do`)
      return exitCodes.success
    }),
}

const nothingFound = ({ text, texts }: Invocation, damaged: number): string => {
  if (damaged > 0) return 'There are no secrets that can be read.'
  return text('prefix') === undefined && text('scope') === undefined && texts('tag').length === 0
    ? 'There are no secrets here. Next: holdfast import .env, or holdfast set <id>.'
    : 'There are no secrets that these options select. Leave them away to see all.'
}
