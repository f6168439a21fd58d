import { toTimestamp } from '@holdfast/contracts'
import {
  type CredentialRecord,
  encodeCredentialDocument,
  type StoredVersion,
  type Version,
} from '@holdfast/contracts/credentials'
import { entryTooLarge, versionMismatch } from './credential-errors.ts'
import { customMetadataOf } from './custom-metadata.ts'
import { deletionPatienceMs, waitForDeletion } from './deletion-patience.ts'
import { toHoldfastError } from './errors.ts'
import { type CredentialCall, isTombstone, type KvCredentials } from './kv-credentials.ts'
import { isCasMismatch, isCasRequired, type KvMetadata, type KvVersionState, type KvWritten } from './kv-engine.ts'
import { parseVersion, versionText } from './kv-version.ts'

/** How often a write that has to name the current version looks for it anew when others are faster. */
const maxAttempts = 16

/** How often a write that has to find nothing looks for what is there: enough for its patience. */
const maxLooks = 100

/** Writes a record as the next version, over the one that `ifVersion` names. */
export const storeCredential = async (
  store: KvCredentials,
  call: CredentialCall,
  record: CredentialRecord,
  ifVersion: Version | null | undefined,
): Promise<StoredVersion> => {
  const json = encodeCredentialDocument(record)
  const bytes = Buffer.byteLength(json)
  if (bytes > store.maxDocumentBytes) throw entryTooLarge(call.id, bytes, store.maxDocumentBytes)
  const written = await writeOver(store, call, json, ifVersion)
  await mirrorTags(store, call, record, written)
  return { version: versionText(written), createdAt: toTimestamp(Date.parse(written.createdTime)) }
}

const writeOver = async (
  store: KvCredentials,
  call: CredentialCall,
  json: string,
  ifVersion: Version | null | undefined,
): Promise<KvWritten> => {
  if (ifVersion === null) return create(store, call, json)
  if (ifVersion !== undefined) {
    const { number } = await requireCurrent(store, call, ifVersion)
    return writeIf(store, call, json, number)
  }
  try {
    return await write(store, call, json)
  } catch (error) {
    if (!isCasRequired(error)) throw error
    return overwrite(store, call, json)
  }
}

/** The state of the version that has to be the current one. Numbers alone would not do: they begin again after a delete. */
export const requireCurrent = async (
  store: KvCredentials,
  call: CredentialCall,
  ifVersion: Version,
): Promise<KvVersionState> => {
  const expected = parseVersion(ifVersion)
  const current = liveVersion(await store.engine.readMetadata(call, call.id))
  if (current === undefined) throw versionMismatch(call.id, call.operation, 'nothing')
  if (current.number !== expected?.number || current.createdTime !== expected.createdTime) {
    throw versionMismatch(call.id, call.operation, 'another version')
  }
  return current
}

/** The current version unless it is deleted. */
export const liveVersion = (metadata: KvMetadata | undefined): KvVersionState | undefined =>
  metadata?.current?.isLive === true ? metadata.current : undefined

/** Writes over exactly this version, or is refused with CONFLICT. */
export const writeIf = async (
  store: KvCredentials,
  call: CredentialCall,
  json: string,
  number: number,
): Promise<KvWritten> => {
  try {
    return await write(store, call, json, number)
  } catch (error) {
    throw isCasMismatch(error) ? versionMismatch(call.id, call.operation, 'another version') : error
  }
}

const write = ({ engine }: KvCredentials, call: CredentialCall, json: string, cas?: number): Promise<KvWritten> =>
  engine.write(call, call.id, json, cas)

/** Writes where nothing is: where no secret is, or over a version that is deleted. */
const create = async (store: KvCredentials, call: CredentialCall, json: string): Promise<KvWritten> => {
  const startedAtMs = store.clock.monotonicNow()
  let cas = 0
  for (let attempt = 1; ; attempt++) {
    try {
      return await write(store, call, json, cas)
    } catch (error) {
      if (!isCasMismatch(error) || attempt > maxLooks) throw error
    }
    const found = await store.engine.readData(call, call.id)
    if (found?.content !== undefined && !isTombstone(found.content)) {
      throw versionMismatch(call.id, call.operation, 'a credential')
    }
    const waitedMs = store.clock.monotonicNow() - startedAtMs
    if (found?.content !== undefined && !store.softDelete && waitedMs < deletionPatienceMs) {
      // Somebody is about to remove the secret with all its versions: what is written now would go with it.
      await waitForDeletion(store, call)
      cas = 0
    } else {
      cas = found?.number ?? 0
    }
  }
}

/** Writes over whatever is there, where the engine takes only writes that name a version (`cas_required`). */
const overwrite = async (store: KvCredentials, call: CredentialCall, json: string): Promise<KvWritten> => {
  for (let attempt = 1; ; attempt++) {
    const metadata = await store.engine.readMetadata(call, call.id)
    try {
      return await write(store, call, json, metadata?.current?.number ?? 0)
    } catch (error) {
      if (!isCasMismatch(error) || attempt === maxAttempts) throw error
    }
  }
}

/** Shows the tags to whoever looks at the secret in Vault. The record has them too, so a failure harms nothing. */
const mirrorTags = async (
  { engine, logger }: KvCredentials,
  call: CredentialCall,
  { metadata }: CredentialRecord,
  { customMetadata }: KvWritten,
): Promise<void> => {
  const { wanted, left } = customMetadataOf(metadata.tags)
  const shown = Object.entries(customMetadata)
  if (shown.length === Object.keys(wanted).length && shown.every(([name, value]) => wanted[name] === value)) return
  try {
    await engine.writeCustomMetadata(call, call.id, wanted)
    if (left.length > 0) {
      logger.warn({ id: call.id, tags: left }, 'tags that Vault cannot show are in the record only')
    }
  } catch (error) {
    const { code, message } = toHoldfastError(error, call)
    logger.warn({ id: call.id, code }, `the tags are in the record, and were not shown in Vault: ${message}`)
  }
}
