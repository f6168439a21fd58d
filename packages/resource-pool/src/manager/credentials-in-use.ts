import { type CallOptions, type Clock, systemClock } from '@holdfast/contracts'
import type { CredentialSource, ResolvedCredential } from '@holdfast/contracts/credentials'
import type { Credentials } from '../read-credentials.ts'
import {
  type CredentialCache,
  type CredentialCacheOptions,
  createCredentialCache,
  type RefreshNeed,
} from './credential-cache.ts'

/** The credentials of one resource: those that are in use, and behind them those that its sources have. */
export interface CredentialsInUse {
  /**
   * What its pool is given: the credentials in use, also while newer ones are being tried. Those take their place by `accept`,
   * and without it where there is no other way: when the ones in use were refused or have expired.
   */
  readonly sources: Readonly<Record<string, CredentialSource>>
  /** Those in use, by name; none before the first was read. */
  current(): Credentials
  /** What the sources have now, without taking it into use. */
  read(options?: CallOptions & { readonly need?: RefreshNeed | undefined }): Promise<Credentials>
  /** Takes these into use. */
  accept(credentials: Credentials): void
  /** Calls the listener when a source tells of a change, or is found to have another version. */
  onChanged(listener: () => void): () => void
  /** Ends what follows the sources, which are their owner's to close. */
  close(): Promise<void>
}

/** Makes {@link CredentialsInUse} of what a resource is registered with. Each source has a cache of its own before it. */
export const createCredentialsInUse = (
  sources: Readonly<Record<string, CredentialSource>>,
  options: CredentialCacheOptions = {},
): CredentialsInUse => {
  const { clock = systemClock } = options
  const entries = Object.entries(sources).map(([name, source]) => {
    const cache = createCredentialCache(name, source, options)
    return { name, cache, used: createUsedCredential(cache, clock) }
  })
  return {
    sources: Object.fromEntries(entries.map(({ name, used }) => [name, used.source])),
    current: () =>
      Object.fromEntries(
        entries.flatMap(({ name, used }) => {
          const credential = used.current()
          return credential === undefined ? [] : [[name, credential] as const]
        }),
      ),
    async read(readOptions) {
      const read = entries.map(async ({ name, cache }) => [name, await cache.refresh(readOptions)] as const)
      return Object.fromEntries(await Promise.all(read))
    },
    accept(credentials) {
      for (const { name, used } of entries) {
        const credential = credentials[name]
        if (credential !== undefined) used.accept(credential)
      }
    },
    onChanged(listener) {
      const stops = entries.map(({ cache }) => cache.onChanged(() => listener()))
      return () => {
        for (const stop of stops) stop()
      }
    },
    async close() {
      await Promise.all(entries.map(({ cache }) => cache.close()))
    },
  }
}

/** One credential in use, before the cache of its source. */
interface UsedCredential {
  readonly source: CredentialSource
  current(): ResolvedCredential | undefined
  accept(credential: ResolvedCredential): void
}

const createUsedCredential = (cache: CredentialCache, clock: Clock): UsedCredential => {
  let used: ResolvedCredential | undefined
  let refusedVersion: string | undefined

  /** The one in use, which may have been made to live longer meanwhile. */
  const current = (): ResolvedCredential | undefined => {
    const latest = cache.current()
    return latest !== undefined && latest.version === used?.version ? latest : used
  }
  const usable = (): ResolvedCredential | undefined => {
    const credential = current()
    const isExpired = credential?.expiresAt !== undefined && Date.parse(credential.expiresAt) <= clock.wallNow()
    return isExpired || credential?.version === refusedVersion ? undefined : credential
  }
  /** Where there was one that still works, only `accept` puts another in its place. */
  const take = (credential: ResolvedCredential): ResolvedCredential => {
    const held = usable()
    if (held !== undefined) return held
    used = credential
    return credential
  }

  return {
    current,
    accept(credential) {
      used = credential
      if (credential.version === refusedVersion) refusedVersion = undefined
    },
    source: {
      async retrieve({ signal, fresh = false, refusedVersion: given } = {}) {
        const held = usable()
        const refused = given ?? held?.version
        if (held !== undefined && (!fresh || held.version !== refused)) return held
        if (fresh && refused === used?.version) refusedVersion = refused
        return take(await cache.retrieve({ signal, ...(fresh ? { fresh, refusedVersion: refused } : {}) }))
      },
    },
  }
}
