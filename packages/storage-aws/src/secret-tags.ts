import type { Logger } from '@holdfast/contracts'

/** Most tags of a secret (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). */
export const maxTags = 50

/** Longest key and value in characters, and what they may consist of (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Tag.html). */
const maxKeyLength = 128
const maxValueLength = 256
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Why AWS does not take a tag; undefined when it does. */
export const tagProblem = (key: string, value: string): string | undefined => {
  if (key === '') return 'its key is empty'
  if ([...key].length > maxKeyLength) return `its key has more than ${maxKeyLength} characters`
  if ([...value].length > maxValueLength) return `its value has more than ${maxValueLength} characters`
  if (/^aws:/i.test(key)) return 'keys that begin with aws: belong to AWS'
  if (!allowed.test(key)) return 'its key has a character that AWS does not take'
  if (!allowed.test(value)) return 'its value has a character that AWS does not take'
  return undefined
}

/** A tag as AWS takes it. */
export interface SecretTag {
  readonly Key: string
  readonly Value: string
}

/**
 * The tags of a new secret: the default ones, then those of its record. They are for policies, bills and the console; the
 * record has its own. What AWS does not take is left out with a warning that names the keys.
 */
export const secretTagsOf = (
  id: string,
  recordTags: Readonly<Record<string, string>>,
  defaultTags: Readonly<Record<string, string>>,
  logger: Logger,
): readonly SecretTag[] => {
  const tags = Object.entries(defaultTags).map(([Key, Value]) => ({ Key, Value }))
  const left: string[] = []
  for (const [Key, Value] of Object.entries(recordTags)) {
    if (Object.hasOwn(defaultTags, Key)) continue
    const problem = tags.length < maxTags ? tagProblem(Key, Value) : `a secret has at most ${maxTags} tags`
    if (problem === undefined) tags.push({ Key, Value })
    else left.push(`${JSON.stringify(Key.slice(0, 128))}: ${problem}`)
  }
  if (left.length > 0) {
    logger.warn(
      { id, event: 'store', skippedTags: left },
      'tags that AWS does not take are not among the tags of the secret',
    )
  }
  return tags
}
