import type { ListSecretsCommandInput } from '@aws-sdk/client-secrets-manager'
import { idOfSecret, namePrefixesOf } from './secret-name.ts'
import { type SecretState, stateOf } from './secret-state.ts'
import type { SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'

/** A secret of ours as a listing shows it. */
export interface ListedSecret {
  readonly id: string
  readonly name: string
  readonly state: Exclude<SecretState, { readonly kind: 'missing' }>
  readonly lastChangedMs: number | undefined
}

/** What {@link listSecrets} is to find. */
export interface ListSecretsOptions {
  /** Ids that begin with this. Default: all. */
  readonly idPrefix?: string
  /** Those that are deleted and can be recovered too. Default: false. */
  readonly includeDeleted?: boolean
}

/** Most secrets in one answer (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html). */
const pageSize = 100

/**
 * Yields the secrets of the store page by page, each once. AWS may leave out changes of the last five minutes. The filter of
 * AWS saves pages and is not relied on; names that this library would not have given are somebody else's.
 */
export const listSecrets = async function* (
  store: SecretStore,
  call: Call,
  { idPrefix = '', includeDeleted = false }: ListSecretsOptions,
): AsyncGenerator<readonly ListedSecret[]> {
  const names = namePrefixesOf(store.prefix, idPrefix)
  const seen = new Set<string>()
  const request: ListSecretsCommandInput = {
    MaxResults: pageSize,
    // By age, so that what is new comes last and moves nothing to another page.
    SortOrder: 'asc',
    ...(names === undefined ? {} : { Filters: [{ Key: 'name', Values: [...names] }] }),
    ...(includeDeleted ? { IncludePlannedDeletion: true } : {}),
  }
  let NextToken: string | undefined
  do {
    const answer = await store.api.listSecrets(call, { ...request, NextToken })
    const page: ListedSecret[] = []
    for (const {
      Name: name = '',
      Description,
      DeletedDate,
      LastChangedDate,
      SecretVersionsToStages,
    } of answer.SecretList ?? []) {
      const id = idOfSecret(store.prefix, name, Description)
      if (id === undefined || !id.startsWith(idPrefix) || seen.has(name)) continue
      seen.add(name)
      page.push({
        id,
        name,
        state: stateOf(store, {
          stages: SecretVersionsToStages,
          deletedDate: DeletedDate,
          lastChangedDate: LastChangedDate,
        }),
        lastChangedMs: LastChangedDate?.getTime(),
      })
    }
    yield page
    NextToken = answer.NextToken
  } while (NextToken !== undefined && NextToken !== '')
}
