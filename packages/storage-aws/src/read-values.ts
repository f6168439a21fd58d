import type { BatchGetSecretValueCommandOutput, SecretValueEntry } from '@aws-sdk/client-secrets-manager'
import { conditionOf, toHoldfastError } from './errors.ts'
import { secretNameOf } from './secret-name.ts'
import { currentStage, type SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'

/** Most secrets in one request (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html). */
export const batchSize = 20

/** The current value of one secret, or the error that AWS has for it alone. */
export type ReadValue = { readonly version: string; readonly text: string | undefined } | { readonly error: unknown }

/** Reads the current values of up to 20 credentials in one request; what is missing in the answer is not there any more. */
export const readValues = async (
  store: SecretStore,
  call: Call,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadValue>> => {
  const idsByName = new Map(ids.map((id) => [secretNameOf(store.prefix, id), id]))
  const values = new Map<string, ReadValue>()
  let NextToken: string | undefined
  do {
    const answer: BatchGetSecretValueCommandOutput = await store.api.batchGetSecretValue(call, {
      SecretIdList: [...idsByName.keys()],
      NextToken,
    })
    for (const entry of answer.SecretValues ?? []) {
      const id = idsByName.get(entry.Name ?? '')
      if (id !== undefined) values.set(id, await currentOf(store, call, entry))
    }
    for (const { SecretId = '', ErrorCode, Message } of answer.Errors ?? []) {
      const id = idsByName.get(SecretId)
      if (id !== undefined) values.set(id, { error: Object.assign(new Error(Message), { name: ErrorCode }) })
    }
    NextToken = answer.NextToken
  } while (NextToken !== undefined && NextToken !== '')
  return values
}

/** An answer for another version than the current one is asked for again, alone and by its label. */
const currentOf = async (store: SecretStore, call: Call, entry: SecretValueEntry): Promise<ReadValue> => {
  if (entry.VersionStages?.includes(currentStage)) return { version: entry.VersionId ?? '', text: entry.SecretString }
  try {
    const again = await store.api.getSecretValue(call, { SecretId: entry.Name, VersionStage: currentStage })
    return { version: again.VersionId ?? '', text: again.SecretString }
  } catch (error) {
    if (conditionOf(error) === undefined) throw error
    return { error }
  }
}

/** What the error of one secret among many means for the whole. */
export const meaningOf = (error: unknown, call: Call): 'gone' | 'unreadable' | 'failed' => {
  const { code } = toHoldfastError(error, call)
  // AWS says CONFLICT (InvalidRequestException) of a secret that is about to be deleted.
  if (code === 'NOT_FOUND' || code === 'CONFLICT') return 'gone'
  return code === 'PERMISSION_DENIED' ? 'unreadable' : 'failed'
}
