import {
  type CredentialVersion,
  decodeCredentialDocument,
  type StoredCredential,
  type Version,
} from '@holdfast/contracts/credentials'
import { notFound, unreadable, versionUnknown } from './credential-errors.ts'
import { type CredentialCall, isTombstone, type KvCredentials } from './kv-credentials.ts'
import type { KvData } from './kv-engine.ts'
import { parseVersion, versionText } from './kv-version.ts'
import { liveVersion } from './store-credential.ts'

/** Reads the current version, or an earlier one. */
export const retrieveCredential = async (
  store: KvCredentials,
  call: CredentialCall,
  version: Version | undefined,
): Promise<StoredCredential> => {
  if (version === undefined) {
    const data = await store.engine.readData(call, call.id)
    if (data?.content === undefined || isTombstone(data.content)) throw notFound(call.id, call.operation)
    return recordIn(store, call, data, data.content)
  }
  // Versions of a deleted credential can still be read in Vault; for the caller they are gone with it.
  const metadata = await store.engine.readMetadata(call, call.id)
  if (liveVersion(metadata) === undefined) throw notFound(call.id, call.operation)
  const wanted = parseVersion(version)
  const kept = metadata?.versions.find(({ number }) => number === wanted?.number)
  if (kept?.isLive !== true || kept.createdTime !== wanted?.createdTime) throw versionUnknown(call.id, call.operation)
  const data = await store.engine.readData(call, call.id, kept.number)
  if (data?.content === undefined || data.createdTime !== kept.createdTime || isTombstone(data.content)) {
    throw versionUnknown(call.id, call.operation)
  }
  return recordIn(store, call, data, data.content)
}

/** Whether `retrieve` would find something, be it readable or not. */
export const credentialExists = async (store: KvCredentials, call: CredentialCall): Promise<boolean> => {
  const data = await store.engine.readData(call, call.id)
  return data?.content !== undefined && !isTombstone(data.content)
}

/** The versions that are kept, newest first. */
export const listVersions = async (
  store: KvCredentials,
  call: CredentialCall,
): Promise<readonly CredentialVersion[]> => {
  const metadata = await store.engine.readMetadata(call, call.id)
  const current = liveVersion(metadata)
  if (metadata === undefined || current === undefined) throw notFound(call.id, call.operation)
  return metadata.versions
    .filter(({ isLive }) => isLive)
    .map((kept) => ({ version: versionText(kept), createdAt: kept.createdTime, isCurrent: kept === current }))
}

const recordIn = (
  { engine }: KvCredentials,
  { id, operation }: CredentialCall,
  data: KvData,
  content: Readonly<Record<string, unknown>>,
): StoredCredential => {
  const record = decodeCredentialDocument(content, id)
  if ('problem' in record) throw unreadable(id, operation, engine.pathOf('data', id), record.problem)
  return { ...record, version: versionText(data) }
}
