import { type BatchResult, runBatch } from '@holdfast/contracts'
import { assertCredentialId, credentialIdProblem, type StoredCredential } from '@holdfast/contracts/credentials'
import { notFound, source, toHoldfastError } from './errors.ts'
import { batchSize, meaningOf, type ReadValue, readValues } from './read-values.ts'
import { decodeSecret } from './secret-document.ts'
import type { SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'
import { isTombstoneId } from './version-id.ts'

/** Requests at the same time: with 20 credentials in each, a hundred are under way, and the 100 requests a second of AWS are far. */
const requestsAtOnce = 5

/** Reads many credentials, 20 in a request; each has its own outcome. */
export const retrieveBatch = (
  store: SecretStore,
  call: Call,
  ids: readonly string[],
): Promise<BatchResult<StoredCredential>> => {
  const valid = ids.filter((id) => credentialIdProblem(id) === undefined)
  const places = new Map(valid.map((id, place) => [id, place]))
  const requests = new Map<number, Promise<ReadonlyMap<string, ReadValue>>>()
  const readValue = async (id: string): Promise<ReadValue | undefined> => {
    const first = Math.floor((places.get(id) ?? 0) / batchSize) * batchSize
    const request = requests.get(first) ?? readValues(store, call, valid.slice(first, first + batchSize))
    requests.set(first, request)
    return (await request).get(id)
  }
  return runBatch(
    ids,
    (id) => id,
    async (id) => {
      assertCredentialId(id, source, call.operation)
      const site = { ...call, id }
      const value = await readValue(id).catch((error: unknown) => ({ error }))
      if (value === undefined) throw notFound(site)
      if ('error' in value) {
        if (meaningOf(value.error, call) === 'gone') throw notFound(site)
        throw toHoldfastError(value.error, { operation: call.operation, id, action: call.lastAction, resource: '*' })
      }
      if (isTombstoneId(value.version)) throw notFound(site)
      return { ...decodeSecret(value.text, site), version: value.version }
    },
    { concurrency: requestsAtOnce * batchSize, signal: call.signal, source, operation: call.operation },
  )
}
