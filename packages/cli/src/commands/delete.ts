import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { withVault } from '../vault/open-vault.ts'

/** `holdfast delete <id>…`: deletes credentials; what is not there is no error. */
export const deleteCommand: Command = {
  name: 'delete',
  usage: '<id>...',
  summary: 'delete secrets; "restore" brings them back where the store can',
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  run: (invocation) =>
    withVault(invocation, async ({ manager, storage }) => {
      const { output, positionals, signal } = invocation
      const { items } = await manager.deleteBatch(positionals, { signal })
      for (const item of items) if (!item.ok) throw item.error
      const results = items.map((item) => ({ id: item.id, deleted: item.ok && item.value.deleted }))
      const after = storage.capabilities.recover ? ' (holdfast restore brings it back)' : ''
      output.result(
        { results },
        results.map(({ id, deleted }) => (deleted ? `Deleted ${id}${after}.` : `There was no ${id}.`)).join('\n'),
      )
      return exitCodes.success
    }),
}
