import type { CallOptions } from '@holdfast/contracts'
import type { CredentialSource, ResolvedCredential } from '@holdfast/contracts/credentials'

/** What a create is given. */
export type Credentials = Readonly<Record<string, ResolvedCredential>>

/** Versions of credentials, by the names of the credentials. */
export type CredentialVersions = Readonly<Record<string, string>>

/** Reads every credential a create needs, at the same time. `refused`: past all caches, because those of these versions were refused. */
export const readCredentials = async (
  sources: Readonly<Record<string, CredentialSource>>,
  refused: CredentialVersions | undefined,
  { signal, deadline }: CallOptions,
): Promise<Credentials> => {
  const entries = await Promise.all(
    Object.entries(sources).map(async ([name, source]) => {
      const past = refused === undefined ? { fresh: false } : { fresh: true, refusedVersion: refused[name] }
      return [name, await source.retrieve({ signal, deadline, ...past })] as const
    }),
  )
  return Object.fromEntries(entries)
}

/** The versions of these credentials. */
export const versionsOf = (credentials: Credentials): CredentialVersions =>
  Object.fromEntries(Object.entries(credentials).map(([name, { version }]) => [name, version]))

/** Whether they are the same in every name. */
export const areSameVersions = (one: CredentialVersions, other: CredentialVersions): boolean => {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}

/** When the first of them expires, in milliseconds since 1970; Infinity when none does. */
export const firstExpiry = (credentials: Credentials): number => {
  const moments = Object.values(credentials).map(({ expiresAt }) => Date.parse(expiresAt ?? ''))
  return Math.min(Number.POSITIVE_INFINITY, ...moments.filter((moment) => !Number.isNaN(moment)))
}
