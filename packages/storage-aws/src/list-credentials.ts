import {
  type CredentialSummary,
  createListFilter,
  decodeCredentialDocument,
  type ListOptions,
  type Version,
} from '@holdfast/contracts/credentials'
import { listSecrets } from './list-secrets.ts'
import { batchSize, meaningOf, type ReadValue, readValues } from './read-values.ts'
import type { SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'
import { isTombstoneId } from './version-id.ts'

/**
 * Yields what is there. Ids come from the names alone, a hundred in a request. Metadata stands in the value, so that it is
 * always that of the current version: it costs one more request for every 20 credentials.
 */
export const listCredentials = async function* (
  store: SecretStore,
  call: Call,
  options: ListOptions,
): AsyncGenerator<CredentialSummary> {
  const { prefix = '', scope, tags, include = 'metadata' } = options
  const matches = createListFilter(options)
  const needsMetadata = include === 'metadata' || scope !== undefined || tags !== undefined
  for await (const page of listSecrets(store, call, { idPrefix: prefix })) {
    const present = page.flatMap(({ id, state }) => (state.kind === 'present' ? [{ id, version: state.current }] : []))
    if (!needsMetadata) {
      for (const { id } of present) yield { id }
      continue
    }
    // Read ahead of the reader by one batch: what is yielded was true a moment ago, and nobody waits twice.
    const batches = batchesOf(present)
    let next = readBatch(store, call, batches[0])
    for (let index = 0; index < batches.length; index++) {
      const summaries = await next
      next = readBatch(store, call, batches[index + 1])
      // Its failure is told when it is awaited, which a reader who leaves never does.
      next.catch(() => {})
      for (const summary of summaries) {
        if (matches(summary)) yield include === 'id' ? { id: summary.id } : summary
      }
    }
  }
}

/** A secret that holds a credential, as its listing says. */
interface PresentSecret {
  readonly id: string
  readonly version: Version
}

const batchesOf = (secrets: readonly PresentSecret[]): readonly (readonly PresentSecret[])[] =>
  Array.from({ length: Math.ceil(secrets.length / batchSize) }, (_, index) =>
    secrets.slice(index * batchSize, (index + 1) * batchSize),
  )

const readBatch = async (
  store: SecretStore,
  call: Call,
  secrets: readonly PresentSecret[] = [],
): Promise<readonly CredentialSummary[]> => {
  if (secrets.length === 0) return []
  const values = await readValues(
    store,
    call,
    secrets.map(({ id }) => id),
  )
  return secrets.flatMap((secret) => summaryOf(store, call, secret, values.get(secret.id)))
}

/** One summary, or none when it has gone since it was listed. */
const summaryOf = (
  { logger }: SecretStore,
  call: Call,
  { id, version }: PresentSecret,
  value: ReadValue | undefined,
): readonly CredentialSummary[] => {
  if (value === undefined) return []
  if ('error' in value) {
    const meaning = meaningOf(value.error, call)
    if (meaning === 'failed') throw value.error
    if (meaning === 'gone') return []
    logger.warn({ id, event: 'list' }, 'a secret is listed without its metadata, because it may not be read')
    return [{ id, version }]
  }
  if (isTombstoneId(value.version)) return []
  const record = value.text === undefined ? { problem: 'it has no text' } : decodeCredentialDocument(value.text, id)
  if (!('problem' in record)) return [{ id, version: value.version, metadata: record.metadata }]
  logger.warn(
    { id, event: 'list', problem: record.problem },
    'a secret is listed without metadata, because it cannot be read',
  )
  return [{ id, version: value.version }]
}
