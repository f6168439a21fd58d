import type { ValidationResult } from '@holdfast/credential-core'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { selectCredentials, selectionOptions } from '../select-credentials.ts'
import { table } from '../table.ts'
import { withVault } from '../vault/open-vault.ts'

/** `holdfast validate [id…]`: whether credentials are there, well-formed and not expired, and which to rotate. */
export const validateCommand: Command = {
  name: 'validate',
  usage: '[id...]',
  summary: 'check that secrets can be read, are well-formed and have not expired',
  description: `Without ids all that the options select. Ends with ${exitCodes.checkFailed} when one is not valid.`,
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  options: selectionOptions,
  run: (invocation) =>
    withVault(invocation, async ({ manager }) => {
      const { output, positionals, signal } = invocation
      const ids = positionals.length > 0 ? positionals : await selectedIds()
      const { items } = await manager.validateBatch(ids, { signal })
      const results = items.map((item) => {
        if (!item.ok) throw item.error
        return item.value
      })
      const failed = results.filter(({ isValid }) => !isValid).length
      output.result(
        { results, failed },
        results.length === 0
          ? 'There are no secrets to validate.'
          : `${table([['ID', 'STATUS', 'EXPIRES', 'ROTATE', 'WHY'], ...results.map(rowOf)])}\n${results.length - failed} valid, ${failed} not`,
      )
      return failed === 0 ? exitCodes.success : exitCodes.checkFailed

      async function selectedIds(): Promise<readonly string[]> {
        const { readable, damaged } = await selectCredentials(manager, invocation)
        return [...readable.map(({ id }) => id), ...damaged]
      }
    }),
}

const rowOf = ({ id, status, expiresAt, rotationRecommended, reasons }: ValidationResult): readonly string[] => [
  id,
  status,
  expiresAt?.slice(0, 10) ?? '',
  rotationRecommended ? 'soon' : '',
  reasons.join('; '),
]
