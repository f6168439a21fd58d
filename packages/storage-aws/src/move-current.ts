import type { Version } from '@holdfast/contracts/credentials'
import { conditionOf, versionMismatch } from './errors.ts'
import { secretNameOf } from './secret-name.ts'
import { readState, type SecretState } from './secret-state.ts'
import { currentStage, pendingStage, type SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'
import { createVersionId } from './version-id.ts'

/** The conditional write. */
export interface Move {
  /** The version that must be current. */
  readonly over: Version
  /** `c` for a new value, `d` for a tombstone. */
  readonly kind: 'c' | 'd'
  readonly document: string
}

/**
 * Replaces the current version, if it is the one that is expected: the new one is put beside it under a label of ours, and
 * then AWSCURRENT is moved from the one to the other. AWS refuses the move when the label is elsewhere meanwhile, so of all
 * who expect the same version one wins. Who loses takes his label back, so that AWS may drop his version.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
export const moveCurrent = async (
  store: SecretStore,
  call: Call & { readonly id: string },
  { over, kind, document }: Move,
): Promise<Version> => {
  const SecretId = secretNameOf(store.prefix, call.id)
  let moved: Version | undefined
  try {
    const put = await store.api.putSecretValue(
      call,
      {
        SecretId,
        SecretString: document,
        ClientRequestToken: createVersionId(store.nextUlid(), { kind, over }),
        VersionStages: [pendingStage],
      },
      { decides: false },
    )
    moved = put.VersionId
    await store.api.updateSecretVersionStage(
      call,
      { SecretId, VersionStage: currentStage, RemoveFromVersionId: over, MoveToVersionId: moved },
      { decides: true },
    )
    // AWS answers with the version, which is the token.
    return moved as Version
  } catch (error) {
    if (!isRefusal(error)) throw error
    // What AWS says differs from case to case; what is there now does not.
    const state = await readState(store, call, call.id)
    // Without its label AWS may drop the version of one who waits too long: he lost, although nobody has won yet.
    const isDropped = moved !== undefined && conditionOf(error)?.code === 'NOT_FOUND'
    if (state.kind === 'present' && state.current === over && !isDropped) throw error
    await takeBack(store, call, SecretId, moved)
    throw versionMismatch(call, found(state))
  }
}

/** AWS has looked at the request and does not do it. */
const isRefusal = (error: unknown): boolean =>
  ['CONFLICT', 'INVALID_ARGUMENT', 'NOT_FOUND'].includes(conditionOf(error)?.code ?? '')

/** What a condition on a version has met. */
export const found = (state: SecretState): 'another version' | 'nothing' =>
  state.kind === 'present' ? 'another version' : 'nothing'

/** The next writer takes the label anyway, so nothing is lost when this fails. */
const takeBack = async (
  store: SecretStore,
  call: Call,
  SecretId: string,
  version: Version | undefined,
): Promise<void> => {
  if (version === undefined) return
  const request = { SecretId, VersionStage: pendingStage, RemoveFromVersionId: version }
  await store.api.updateSecretVersionStage(call, request, { decides: false }).catch((error: unknown) => {
    store.logger.debug(
      { id: call.id, event: call.operation, code: conditionOf(error)?.code },
      'a label was left on a version that lost',
    )
  })
}
