import type { StoredCredential, Version } from '@holdfast/contracts/credentials'
import { conditionOf, notFound, versionUnknown } from './errors.ts'
import { decodeSecret } from './secret-document.ts'
import { secretNameOf } from './secret-name.ts'
import { readState } from './secret-state.ts'
import { currentStage, type SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'
import { isTombstoneId, versionIdLength } from './version-id.ts'

type RetrieveCall = Call & { readonly id: string }

/** Reads the current version. */
export const retrieveCredential = async (store: SecretStore, call: RetrieveCall): Promise<StoredCredential> => {
  try {
    const answer = await store.api.getSecretValue(call, {
      SecretId: secretNameOf(store.prefix, call.id),
      VersionStage: currentStage,
    })
    const version = answer.VersionId ?? ''
    if (isTombstoneId(version)) throw notFound(call)
    return { ...decodeSecret(answer.SecretString, call), version }
  } catch (error) {
    throw await toMissing(store, call, error)
  }
}

/** Reads an earlier version, as long as AWS keeps it. */
export const retrieveVersion = async (
  store: SecretStore,
  call: RetrieveCall,
  version: Version,
): Promise<StoredCredential> => {
  const { min, max } = versionIdLength
  // AWS refuses other lengths as a mistake of the caller.
  if (version.length < min || version.length > max || isTombstoneId(version)) {
    throw (await credentialExists(store, call)) ? versionUnknown(call) : notFound(call)
  }
  try {
    const SecretId = secretNameOf(store.prefix, call.id)
    const answer = await store.api.getSecretValue(call, { SecretId, VersionId: version })
    // A conditional delete that has come half way leaves earlier versions readable.
    if (!answer.VersionStages?.includes(currentStage) && !(await credentialExists(store, call))) throw notFound(call)
    return { ...decodeSecret(answer.SecretString, call), version }
  } catch (error) {
    const missing = await toMissing(store, call, error)
    if (missing === error) throw error
    // AWS has one error for a secret and for a version that are not there.
    throw (await credentialExists(store, call)) ? versionUnknown(call) : missing
  }
}

/** Whether `retrieve` would find it, without reading the value. */
export const credentialExists = async (store: SecretStore, call: RetrieveCall): Promise<boolean> =>
  (await readState(store, call, call.id)).kind === 'present'

/** NOT_FOUND for a secret that is not there or about to be deleted; any other error as it is. */
const toMissing = async (store: SecretStore, call: RetrieveCall, error: unknown): Promise<unknown> => {
  const code = conditionOf(error)?.code
  if (code === 'NOT_FOUND') return notFound(call)
  if (code !== 'CONFLICT') return error
  const { kind } = await readState(store, call, call.id)
  return kind === 'present' ? error : notFound(call)
}
