import type { CredentialMetadata } from '@holdfast/contracts/credentials'

const fields: ReadonlySet<string> = new Set<keyof CredentialMetadata>([
  'id',
  'kind',
  'encoding',
  'scope',
  'tags',
  'createdAt',
  'updatedAt',
  'expiresAt',
  'revision',
  'writeId',
  'seal',
])

/**
 * The bytes that stand for the whole metadata of a sealed record: a JSON array of every field in a fixed order, as
 * JSON.stringify writes it, in UTF-8. Equal bytes mean equal metadata. Undefined when there is something in it that is
 * not metadata: a field of another name or type, or text that is not well-formed Unicode and would not survive UTF-8.
 */
export const canonicalMetadata = (metadata: CredentialMetadata): Buffer | undefined => {
  for (const name in metadata) if (!fields.has(name)) return undefined
  const { id, kind, encoding, scope, tags, createdAt, updatedAt, expiresAt, revision, writeId, seal } = metadata
  if (!isText(id) || !isText(kind) || !isText(encoding) || !isText(createdAt) || !isText(updatedAt)) return undefined
  if (!isText(revision) || !isText(writeId) || !isOptionalText(scope) || !isOptionalText(expiresAt)) return undefined
  if (seal === undefined || seal === null || typeof seal.format !== 'number') return undefined
  if (!isText(seal.vaultId) || !isText(seal.keyId) || Object.keys(seal).length !== 3) return undefined
  const sortedTags = tagPairs(tags)
  if (sortedTags === undefined) return undefined
  return Buffer.from(
    JSON.stringify([
      'holdfast/record/v1',
      seal.format,
      seal.vaultId,
      seal.keyId,
      id,
      kind,
      encoding,
      scope ?? null,
      sortedTags,
      createdAt,
      updatedAt,
      expiresAt ?? null,
      revision,
      writeId,
    ]),
  )
}

/** Names and values in turn, sorted by name in the order of UTF-16 code units as RFC 8785 sorts. */
const tagPairs = (tags: unknown): string[] | undefined => {
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) return undefined
  const names = Object.keys(tags)
  if (names.length > 1) names.sort()
  const pairs: string[] = []
  for (const name of names) {
    const value: unknown = Reflect.get(tags, name)
    if (!isText(name) || !isText(value)) return undefined
    pairs.push(name, value)
  }
  return pairs
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.isWellFormed()

const isOptionalText = (value: unknown): boolean => value === undefined || isText(value)
