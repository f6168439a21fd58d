import { toTimestamp } from '@holdfast/contracts'
import type { Version } from '@holdfast/contracts/credentials'
import { conditionOf } from './errors.ts'
import { secretNameOf } from './secret-name.ts'
import { currentStage, previousStage, type SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'
import { isTombstoneId } from './version-id.ts'

/** What stands in Secrets Manager under the name of a credential. */
export type SecretState =
  | { readonly kind: 'missing' }
  /** Deleted, or made by somebody who gave it no value: there is no credential, and yet the name is taken. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'present'; readonly current: Version; readonly previous?: Version | undefined }
  /** A conditional delete has come half way: readers find nothing any more, and the secret is still to be deleted. */
  | { readonly kind: 'entombed'; readonly current: Version; readonly previous?: Version | undefined }
  | {
      readonly kind: 'deleted'
      readonly current?: Version | undefined
      readonly previous?: Version | undefined
      readonly deletedAt: string
      readonly until: string
    }

/** The version that has this label. */
const versionWith = (
  stage: string,
  stages: Readonly<Record<string, readonly string[]>> | undefined,
): Version | undefined => Object.entries(stages ?? {}).find(([, labels]) => labels.includes(stage))?.[0]

/** What both DescribeSecret and ListSecrets say of a secret. */
export interface SecretDescription {
  readonly stages: Readonly<Record<string, readonly string[]>> | undefined
  readonly deletedDate: Date | undefined
  readonly lastChangedDate: Date | undefined
}

const dayMs = 86_400_000

/**
 * When it was deleted and until when it can be recovered. AWS documents its date as that of the deletion and emulators give
 * the end of the window, so that one in the future is taken for the end; the other is then reckoned with the window of
 * this storage, and never before the last change.
 */
const deletionDates = (
  store: SecretStore,
  date: Date,
  lastChanged: Date | undefined,
): { readonly deletedAt: string; readonly until: string } => {
  const now = store.clock.wallNow()
  const windowMs = (store.recoveryWindowDays || 30) * dayMs
  const given = date.getTime()
  const untilMs = given > now ? given : given + windowMs
  const deletedAtMs = given > now ? Math.min(now, Math.max(given - windowMs, lastChanged?.getTime() ?? 0)) : given
  return { deletedAt: toTimestamp(deletedAtMs), until: toTimestamp(untilMs) }
}

/** What a description means. */
export const stateOf = (
  store: SecretStore,
  { stages, deletedDate, lastChangedDate }: SecretDescription,
): Exclude<SecretState, { readonly kind: 'missing' }> => {
  const current = versionWith(currentStage, stages)
  const previous = versionWith(previousStage, stages)
  if (deletedDate !== undefined) {
    return { kind: 'deleted', current, previous, ...deletionDates(store, deletedDate, lastChangedDate) }
  }
  if (current === undefined) return { kind: 'empty' }
  return { kind: isTombstoneId(current) ? 'entombed' : 'present', current, previous }
}

/** Asks what stands under the name of a credential. */
export const readState = async (store: SecretStore, call: Call, id: string): Promise<SecretState> => {
  try {
    const found = await store.api.describeSecret(call, { SecretId: secretNameOf(store.prefix, id) })
    return stateOf(store, {
      stages: found.VersionIdsToStages,
      deletedDate: found.DeletedDate,
      lastChangedDate: found.LastChangedDate,
    })
  } catch (error) {
    if (conditionOf(error)?.code === 'NOT_FOUND') return { kind: 'missing' }
    throw error
  }
}
