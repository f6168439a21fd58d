import { table } from '@holdfast/cli'
import type { CredentialManager } from '@holdfast/credential-core'

/** Prints what is in the vault without showing a value, and answers the ids and the variables they are for. */
export const printCredentials = async (
  manager: CredentialManager,
): Promise<{ readonly ids: readonly string[]; readonly variables: readonly string[] }> => {
  const ids: string[] = []
  const variables: string[] = []
  const rows: string[][] = []
  for await (const { id, metadata } of manager.list()) {
    const { status, reasons } = await manager.validate(id)
    ids.push(id)
    if (metadata?.tags.env !== undefined) variables.push(metadata.tags.env)
    rows.push([
      id,
      metadata?.scope ?? '–',
      metadata?.kind ?? '?',
      metadata?.expiresAt?.slice(0, 10) ?? 'never',
      [status, ...reasons].join(': '),
    ])
  }
  rows.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
  console.log(table([['ID', 'SCOPE', 'KIND', 'EXPIRES', 'VALIDATION'], ...rows]))
  return { ids: ids.sort(), variables: variables.sort() }
}
