import { matchesPrefix, parseScopeId } from '../scope-id.ts'
import type { CredentialSummary } from './credential-record.ts'
import type { ListOptions } from './credential-storage.ts'

/**
 * Makes what tells whether a listing with these options shows a credential: by its id, and by its metadata for scope and
 * tags. One whose metadata cannot be read is shown only where neither is asked for. Throws INVALID_ARGUMENT (reason
 * ID_INVALID) for a scope that is none.
 */
export const createListFilter = ({
  prefix = '',
  scope,
  tags = {},
}: ListOptions): ((summary: Pick<CredentialSummary, 'id' | 'metadata'>) => boolean) => {
  const wantedScope = scope === undefined ? undefined : parseScopeId(scope)
  const wantedTags = Object.entries(tags)
  return ({ id, metadata }) => {
    if (!id.startsWith(prefix)) return false
    if (metadata === undefined) return wantedScope === undefined && wantedTags.length === 0
    if (wantedScope !== undefined && (metadata.scope === undefined || !matchesPrefix(metadata.scope, wantedScope))) {
      return false
    }
    return wantedTags.every(([name, value]) => Object.hasOwn(metadata.tags, name) && metadata.tags[name] === value)
  }
}
