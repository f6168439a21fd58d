import { VaultRefusal } from './vault-state.ts'

/**
 * What the service refuses, with the source of each figure: names, 25 KB and 15 tags of 256 characters
 * (https://learn.microsoft.com/azure/key-vault/secrets/about-secrets,
 * https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates), api versions
 * (https://learn.microsoft.com/rest/api/keyvault/), pages of at most 25.
 */
const namePattern = /^[0-9A-Za-z-]{1,127}$/
const versionPattern = /^[0-9a-f]{32}$/
const maxValueCharacters = 25 * 1024
const maxTags = 15
const maxTagCharacters = 256
export const maxPage = 25
const apiVersions = ['7.4', '7.5', '7.6', '2025-07-01', '2026-04-01']

const bad = (message: string): VaultRefusal => new VaultRefusal(400, 'BadParameter', message)

/** Refuses a request without a version of the interface that exists. */
export const checkApiVersion = (url: URL): void => {
  const version = url.searchParams.get('api-version')
  if (version === null) throw bad('The request URI contains no api-version.')
  if (!apiVersions.includes(version)) {
    throw new VaultRefusal(400, 'BadParameter', `The specified version (${version}) is not recognized.`)
  }
}

/** Refuses names and versions that the service would not take. */
export const checkName = (name: string, version?: string): void => {
  if (!namePattern.test(name)) throw bad('The request URI contains an invalid name.')
  if (version !== undefined && !versionPattern.test(version))
    throw bad(`Invalid object version: ${version.slice(0, 40)}`)
}

/** How many items a page is to have. */
export const pageSize = (url: URL): number => {
  const given = url.searchParams.get('maxresults')
  if (given === null) return maxPage
  const size = Number(given)
  if (!Number.isInteger(size) || size < 1 || size > maxPage) throw bad('Invalid maxresults: it is from 1 to 25.')
  return size
}

/** What a write asks for. */
export interface SetRequest {
  readonly value: string
  readonly contentType?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly enabled?: boolean
}

/** Reads the body of a write, and refuses what the service would. */
export const readSetRequest = (body: string): SetRequest => {
  const { value, contentType, tags, attributes } = objectOf(body)
  if (typeof value !== 'string') throw bad('Property value is required.')
  if (value.length > maxValueCharacters) throw bad(`The length of the secret value exceeds ${maxValueCharacters}.`)
  if (contentType !== undefined && (typeof contentType !== 'string' || contentType.length > 255)) {
    throw bad('Invalid contentType.')
  }
  const enabled: unknown = Reflect.get(Object(attributes), 'enabled')
  return {
    value,
    ...(typeof contentType === 'string' ? { contentType } : {}),
    ...(tags === undefined || tags === null ? {} : { tags: readTags(tags) }),
    ...(typeof enabled === 'boolean' ? { enabled } : {}),
  }
}

const readTags = (tags: unknown): Readonly<Record<string, string>> => {
  const pairs = Object.entries(Object(tags))
  if (pairs.length > maxTags) throw bad(`The number of tags exceeds ${maxTags}.`)
  return Object.fromEntries(
    pairs.map(([name, value]) => {
      if (typeof value !== 'string') throw bad(`The value of tag ${name} is no text.`)
      if (name.length < 1 || name.length > maxTagCharacters || value.length > maxTagCharacters) {
        throw bad(`The name or value of a tag exceeds ${maxTagCharacters} characters.`)
      }
      return [name, value]
    }),
  )
}

const objectOf = (body: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch {
    // Told below.
  }
  throw bad('The request body is no JSON object.')
}
