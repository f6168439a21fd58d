import type { SecretVersionsListEntry } from '@aws-sdk/client-secrets-manager'
import { toTimestamp } from '@holdfast/contracts'
import type { CredentialVersion, Version } from '@holdfast/contracts/credentials'
import { conditionOf, notFound } from './errors.ts'
import { secretNameOf } from './secret-name.ts'
import { readState } from './secret-state.ts'
import { currentStage, previousStage, type SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'
import { abbreviate, parseVersionId } from './version-id.ts'

/**
 * The versions that AWS still keeps and that were current at some time, newest first. AWS shows those without a label as
 * long as it has them: it drops them when there are more than 100 and they are older than a day.
 */
export const credentialHistory = async (
  store: SecretStore,
  call: Call & { readonly id: string },
): Promise<readonly CredentialVersion[]> => {
  const state = await readState(store, call, call.id)
  if (state.kind !== 'present') throw notFound(call)
  const kept = await keptVersions(store, call).catch((error: unknown) => {
    throw conditionOf(error)?.code === 'NOT_FOUND' ? notFound(call) : error
  })
  return wereCurrent(kept)
    .sort(newestFirst)
    .map(({ version, stages, createdAtMs }) => ({
      version,
      createdAt: toTimestamp(createdAtMs),
      isCurrent: stages.includes(currentStage),
    }))
}

/** A version as AWS lists it. */
export interface KeptVersion {
  readonly version: Version
  readonly stages: readonly string[]
  readonly createdAtMs: number
}

const keptVersions = async (
  store: SecretStore,
  call: Call & { readonly id: string },
): Promise<readonly KeptVersion[]> => {
  const kept: KeptVersion[] = []
  const SecretId = secretNameOf(store.prefix, call.id)
  let NextToken: string | undefined
  do {
    const answer = await store.api.listSecretVersionIds(call, {
      SecretId,
      IncludeDeprecated: true,
      MaxResults: 100,
      NextToken,
    })
    for (const entry of answer.Versions ?? []) kept.push(keptVersionOf(entry))
    NextToken = answer.NextToken
  } while (NextToken !== undefined && NextToken !== '')
  return kept
}

const keptVersionOf = ({ VersionId = '', VersionStages = [], CreatedDate }: SecretVersionsListEntry): KeptVersion => ({
  version: VersionId,
  stages: VersionStages,
  createdAtMs: CreatedDate?.getTime() ?? 0,
})

/**
 * Leaves out what never was current: tombstones, values that a rotation has put aside, and writers that lost. A conditional
 * version says which one it was to replace, so it lost if another one is known to have replaced that. One that lost against a
 * write without a condition cannot be told from one that won before it, and stays.
 */
export const wereCurrent = (kept: readonly KeptVersion[]): KeptVersion[] => {
  const byAbbreviation = new Map(kept.map(({ version }) => [abbreviate(version), parseVersionId(version)]))
  const certain = new Set<string>()
  for (const { version, stages } of kept) {
    if (isLabelled(stages)) certain.add(abbreviate(version))
    // Nobody can have named a version that was not current.
    const predecessor = parseVersionId(version)?.predecessor
    if (predecessor !== undefined) certain.add(predecessor)
  }
  const replacedBy = new Map<string, string>()
  for (const version of certain) {
    const predecessor = byAbbreviation.get(version)?.predecessor
    if (predecessor !== undefined) replacedBy.set(predecessor, version)
  }
  return kept.filter(({ version, stages }) => {
    const parsed = parseVersionId(version)
    if (parsed === undefined) return isLabelled(stages) || !stages.includes(rotationStage)
    if (parsed.kind === 'd') return false
    return parsed.predecessor === undefined || (replacedBy.get(parsed.predecessor) ?? parsed.ulid) === parsed.ulid
  })
}

/** What AWS calls a version that a rotation has made and not yet taken into use. */
const rotationStage = 'AWSPENDING'

const isLabelled = (stages: readonly string[]): boolean =>
  stages.includes(currentStage) || stages.includes(previousStage)

const rank = ({ stages }: KeptVersion): number =>
  stages.includes(currentStage) ? 0 : stages.includes(previousStage) ? 1 : 2

/** The labels say which two are the newest; dates are in whole seconds with some, and our own versions sort by time. */
const newestFirst = (a: KeptVersion, b: KeptVersion): number => {
  const byDate = rank(a) - rank(b) || b.createdAtMs - a.createdAtMs
  if (byDate !== 0) return byDate
  const [ours, theirs] = [parseVersionId(a.version)?.ulid ?? '', parseVersionId(b.version)?.ulid ?? '']
  return ours < theirs ? 1 : ours > theirs ? -1 : 0
}
