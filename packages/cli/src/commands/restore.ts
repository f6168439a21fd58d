import { HoldfastError } from '@holdfast/contracts'
import type { RepairReport } from '@holdfast/contracts/credentials'
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
    withVault(invocation, async ({ manager, storage }) => {
      const { output, signal } = invocation
      // Exactly one was asked for.
      const id = String(invocation.positionals[0])
      const wanted = invocation.text('to')
      if (wanted === undefined && storage.repair !== undefined && (await isDamaged(manager, id, invocation))) {
        const report = await storage.repair(id, { signal })
        // Nothing set aside: the file is whole and what it holds is not, which only an earlier version can repair.
        if (report.quarantined.length > 0) return tellRepair(id, report, invocation)
      }
      const isThere = await existsOrIsDamaged(manager, id, invocation)
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

const isDamaged = async (manager: CredentialManager, id: string, { signal }: Invocation): Promise<boolean> => {
  try {
    await manager.retrieve(id, { signal })
    return false
  } catch (error) {
    return HoldfastError.is(error, 'DATA_LOSS')
  }
}

const tellRepair = (id: string, report: RepairReport, { output }: Invocation): number => {
  const { quarantined, restored } = report
  const kept = quarantined.map(({ file }) => `The damaged file was kept as ${file}.`)
  output.result(
    { ...report, from: 'repair' },
    [
      restored === undefined
        ? `No version of ${id} could be read: it is gone.`
        : `Restored ${id} from the version before the damaged one.`,
      ...kept,
    ].join('\n'),
  )
  return restored === undefined ? exitCodes.damaged : exitCodes.success
}

/** A damaged current version is there: going back to the one before is what repairs it. */
const existsOrIsDamaged = async (manager: CredentialManager, id: string, { signal }: Invocation): Promise<boolean> => {
  try {
    return await manager.exists(id, { signal })
  } catch (error) {
    if (HoldfastError.is(error, 'DATA_LOSS')) return true
    throw error
  }
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
