import { createProblems, toTimestamp } from '@holdfast/contracts'
import type { CredentialAttributes } from './credential-manager.ts'

/** The attributes of a write, checked. */
export interface ReadAttributes {
  readonly tags: Readonly<Record<string, string>> | undefined
  readonly expiresAt: string | undefined
}

/** Checks tags and expiry. Errors: INVALID_ARGUMENT naming every problem. */
export const readAttributes = ({ tags, expiresAt }: CredentialAttributes, operation: string): ReadAttributes => {
  const problems = createProblems('credential-core', operation)
  if (tags !== undefined) {
    if (typeof tags !== 'object' || tags === null || Array.isArray(tags))
      problems.require(false, 'tags', tags, 'an object of texts')
    else {
      for (const [name, value] of Object.entries(tags)) {
        const isText = typeof value === 'string' && value.isWellFormed() && name.isWellFormed() && name.length > 0
        problems.require(
          isText,
          `tags.${name.slice(0, 40)}`,
          typeof value === 'string' ? name : value,
          'a name and a text, in well-formed Unicode',
        )
      }
    }
  }
  const expiresMs = expiresAt === undefined ? undefined : toWallTime(expiresAt)
  if (expiresMs !== undefined) {
    problems.require(
      Number.isFinite(expiresMs),
      'expiresAt',
      expiresAt instanceof Date ? 'Invalid Date' : expiresAt,
      'a Date or RFC 3339 text such as 2027-01-01T00:00:00Z',
    )
  }
  problems.throwIfAny()
  return {
    tags: tags === undefined ? undefined : Object.freeze({ ...tags }),
    expiresAt: expiresMs === undefined ? undefined : toTimestamp(expiresMs),
  }
}

/** The earlier of two times of RFC 3339, each of which may be missing. */
export const earlierExpiry = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Date.parse(a) <= Date.parse(b) ? a : b

/** RFC 3339, section 5.6: a date, a time, and an offset. Anything looser would be read in the zone of the machine. */
const timestampPattern = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/

const toWallTime = (given: unknown): number => {
  if (given instanceof Date) return given.getTime()
  return typeof given === 'string' && timestampPattern.test(given) ? Date.parse(given) : Number.NaN
}
