import { createHash } from 'node:crypto'
import { isUlid } from '@holdfast/contracts'

/** How a version came to be: `w` written over whatever was there, `c` on condition that its predecessor was current, `d` deleted on that condition. */
export type VersionKind = 'w' | 'c' | 'd'

/** What our own version ids tell. */
export interface ParsedVersionId {
  readonly kind: VersionKind
  readonly ulid: string
  /** {@link abbreviate} of the version it was to replace. Absent for `w`. */
  readonly predecessor?: string
}

/** Shortest and longest id of a version that AWS takes (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html). */
export const versionIdLength = { min: 32, max: 64 } as const

/** The id of a new version: it becomes the secret's VersionId as it is, and has at most 64 characters. */
export const createVersionId = (
  ulid: string,
  condition?: { readonly kind: 'c' | 'd'; readonly over: string },
): string =>
  condition === undefined ? `holdfast-w-${ulid}` : `holdfast-${condition.kind}-${ulid}-${abbreviate(condition.over)}`

const pattern = /^holdfast-(?:(w)-([0-9A-Z]{26})|([cd])-([0-9A-Z]{26})-([0-9A-Z]{26}))$/

/** Undefined for versions that others have written. */
export const parseVersionId = (version: string): ParsedVersionId | undefined => {
  const match = pattern.exec(version)
  const ulid = match?.[2] ?? match?.[4]
  if (ulid === undefined || !isUlid(ulid)) return undefined
  const predecessor = match?.[5]
  if (predecessor === undefined) return { kind: 'w', ulid }
  return { kind: match?.[3] === 'd' ? 'd' : 'c', ulid, predecessor }
}

/** 26 characters that stand for a version of anybody. */
export const abbreviate = (version: string): string =>
  parseVersionId(version)?.ulid ?? createHash('sha256').update(version).digest('hex').slice(0, 26).toUpperCase()

/** Whether this version says that the credential is deleted. */
export const isTombstoneId = (version: string): boolean => parseVersionId(version)?.kind === 'd'

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** When one of our versions was made, by its writer's clock, in milliseconds since 1970; undefined for versions of others. */
export const versionTimeMs = (version: string): number | undefined => {
  const ulid = parseVersionId(version)?.ulid
  if (ulid === undefined) return undefined
  let time = 0
  for (const digit of ulid.slice(0, 10)) time = time * 32 + digits.indexOf(digit)
  return time
}
