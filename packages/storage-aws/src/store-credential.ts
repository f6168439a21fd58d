import type { CredentialRecord, Version } from '@holdfast/contracts/credentials'
import { finishDelete } from './delete-credential.ts'
import { conditionOf, nameReserved, stillBeingRemoved, versionMismatch } from './errors.ts'
import { found, moveCurrent } from './move-current.ts'
import { isHashedName, secretNameOf } from './secret-name.ts'
import { readState } from './secret-state.ts'
import type { SecretStore } from './secret-store.ts'
import { secretTagsOf } from './secret-tags.ts'
import type { Call } from './secrets-api.ts'
import { createVersionId } from './version-id.ts'

/** A record on its way into its secret. */
export interface Storing {
  readonly call: Call & { readonly id: string }
  readonly metadata: CredentialRecord['metadata']
  readonly document: string
}

/** How often a write looks whether its secret is there before it gives up: somebody creates and deletes it all the time. */
const maxRounds = 3

/** Writes over whatever is there. A secret that exists costs one request, a new one two. */
export const putCredential = async (store: SecretStore, storing: Storing): Promise<Version> => {
  const { call, document } = storing
  const SecretId = secretNameOf(store.prefix, call.id)
  for (let round = 0; round < maxRounds; round++) {
    try {
      const token = createVersionId(store.nextUlid())
      const put = { SecretId, SecretString: document, ClientRequestToken: token }
      return (await store.api.putSecretValue(call, put, { decides: true })).VersionId ?? token
    } catch (error) {
      if (isBlocked(error)) throw await reasonOfBlock(store, storing, error)
      if (conditionOf(error)?.code !== 'NOT_FOUND') throw error
    }
    try {
      return await create(store, storing)
    } catch (error) {
      if (isBlocked(error)) throw await reasonOfBlock(store, storing, error)
      if (!isTaken(error)) throw error
    }
  }
  throw stillBeingRemoved(call)
}

/** Writes only where nothing is. */
export const createCredential = async (store: SecretStore, storing: Storing): Promise<Version> => {
  try {
    return await create(store, storing)
  } catch (error) {
    if (!isTaken(error) && !isBlocked(error)) throw error
    throw await reasonOfBlock(store, storing, error)
  }
}

/** Writes only over one version. */
export const replaceCredential = async (store: SecretStore, storing: Storing, over: Version): Promise<Version> => {
  const { call, document } = storing
  // AWS keeps versions that lost for a day, and takes about 100: a writer who is late does not leave one.
  const state = await readState(store, call, call.id)
  if (state.kind !== 'present' || state.current !== over) throw versionMismatch(call, found(state))
  return moveCurrent(store, call, { over, kind: 'c', document })
}

const create = async (store: SecretStore, { call, metadata, document }: Storing): Promise<Version> => {
  const { prefix, kmsKeyId, defaultTags, logger } = store
  const Name = secretNameOf(prefix, call.id)
  const token = createVersionId(store.nextUlid())
  const tags = secretTagsOf(call.id, metadata.tags, defaultTags, logger)
  const created = await store.api.createSecret(
    call,
    {
      Name,
      SecretString: document,
      ClientRequestToken: token,
      ...(isHashedName(prefix, Name) ? { Description: call.id } : {}),
      ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
      ...(tags.length === 0 ? {} : { Tags: [...tags] }),
    },
    { decides: true },
  )
  return created.VersionId ?? token
}

const nameOf = (error: unknown): unknown => (error instanceof Error ? error.name : undefined)

/** A secret of this name exists. */
const isTaken = (error: unknown): boolean => nameOf(error) === 'ResourceExistsException'

/** The state of the secret does not allow it: AWS says so of one that is about to be deleted. */
const isBlocked = (error: unknown): boolean => nameOf(error) === 'InvalidRequestException'

/** The error for a write that met a secret it may not write to. */
const reasonOfBlock = async (store: SecretStore, { call }: Storing, error: unknown): Promise<unknown> => {
  let state = await readState(store, call, call.id)
  if (state.kind === 'entombed') {
    await finishDelete(store, call, state.current)
    state = await readState(store, call, call.id)
  }
  switch (state.kind) {
    case 'deleted':
      return nameReserved(call, state.until, store.recoveryWindowDays > 0)
    case 'missing':
    case 'entombed':
      return stillBeingRemoved(call)
    default:
      return isTaken(error) ? versionMismatch(call, 'another version') : error
  }
}
