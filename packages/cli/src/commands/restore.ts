import { HoldfastError } from '@holdfast/contracts'
import type { CredentialManager } from '@holdfast/credential-core'
import type { Command, Invocation } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { withVault } from '../vault/open-vault.ts'

/** `holdfast restore <id>`: undoes a delete, or makes an earlier version the current one. */
export const restoreCommand: Command = {
  name: 'restore',
  usage: '<id>',
  summary: 'undo a delete, or go back to an earlier version',
  description: [
    'A secret that was deleted comes back as it was. One that exists goes back to the version that --to names, or to the',
    'latest earlier one that can be read: that also repairs a secret whose current version is damaged.',
  ].join('\n'),
  positionals: { min: 1, max: 1 },
  options: { to: { type: 'string', value: 'VERSION', help: 'a version that "get <id> --history" lists' } },
  run: (invocation) =>
    withVault(invocation, async ({ manager }) => {
      const { output, signal } = invocation
      // Exactly one was asked for.
      const id = String(invocation.positionals[0])
      const wanted = invocation.text('to')
      const isThere = await manager.exists(id, { signal })
      const restored = isThere
        ? await manager.rollback(id, wanted ?? (await latestReadable(manager, id, invocation)), { signal })
        : await manager.recover(id, { signal })
      output.result(
        { id, version: restored.version, from: isThere ? 'version' : 'deleted' },
        isThere ? `Restored ${id} from an earlier version.` : `Restored ${id}, which was deleted.`,
      )
      return exitCodes.success
    }),
}

const latestReadable = async (manager: CredentialManager, id: string, { signal }: Invocation): Promise<string> => {
  for (const { version, isCurrent } of await manager.history(id, { signal })) {
    if (isCurrent) continue
    try {
      await manager.retrieve(id, { version, signal })
      return version
    } catch (error) {
      if (!HoldfastError.is(error, 'DATA_LOSS') && !HoldfastError.is(error, 'NOT_FOUND')) throw error
    }
  }
  throw new HoldfastError({
    code: 'NOT_FOUND',
    reason: 'VERSION_UNKNOWN',
    source: 'cli',
    operation: 'restore',
    message: `There is no earlier version of ${JSON.stringify(id)} that can be read.`,
    hint: 'Store it anew with holdfast set, or restore the store from a backup.',
  })
}
