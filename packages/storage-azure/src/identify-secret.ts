import type { SecretProperties } from '@azure/keyvault-secrets'
import type { CredentialSummary, EncodedNames } from '@holdfast/contracts/credentials'
import { readTags } from './secret-content.ts'

/** The id of a listed secret and what its tags say of it; undefined for a name that is not ours. */
export const identifySecret = (
  names: EncodedNames,
  { name, tags }: Pick<SecretProperties, 'name' | 'tags'>,
): CredentialSummary | undefined => {
  const id = names.idOf(name)
  if (id === undefined && !names.isHash(name)) return undefined
  const content = readTags(tags, id)
  if (!('problem' in content)) {
    // A hash that is not that of its metadata was put there by somebody else.
    if (id === undefined && names.nameOf(content.metadata.id) !== name.toLowerCase()) return undefined
    return { id: content.metadata.id, version: content.version, metadata: content.metadata }
  }
  return id === undefined ? undefined : { id }
}
