import type { CallOptions } from '@holdfast/contracts'
import type { CredentialSource, ResolvedCredential } from '@holdfast/contracts/credentials'

/** What a create is given. */
export type Credentials = Readonly<Record<string, ResolvedCredential>>

/** Reads every credential a create needs, at the same time. `fresh`: past all caches, because the ones at hand were refused. */
export const readCredentials = async (
  sources: Readonly<Record<string, CredentialSource>>,
  fresh: boolean,
  { signal, deadline }: CallOptions,
): Promise<Credentials> => {
  const entries = await Promise.all(
    Object.entries(sources).map(
      async ([name, source]) => [name, await source.retrieve({ signal, deadline, fresh })] as const,
    ),
  )
  return Object.fromEntries(entries)
}

/** When the first of them expires, in milliseconds since 1970; Infinity when none does. */
export const firstExpiry = (credentials: Credentials): number => {
  const moments = Object.values(credentials).map(({ expiresAt }) => Date.parse(expiresAt ?? ''))
  return Math.min(Number.POSITIVE_INFINITY, ...moments.filter((moment) => !Number.isNaN(moment)))
}
