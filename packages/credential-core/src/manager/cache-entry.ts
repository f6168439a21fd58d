import type { HoldfastError, SecretValue } from '@holdfast/contracts'
import type { KindDefinition } from '../kinds/credential-kind.ts'
import type { Credential } from './credential.ts'

/** A kept credential. A class, so that what somebody else put into the same cache is not taken for one. */
export class CacheEntry {
  readonly isMissing = false
  readonly owner: object
  /** Whether any of its times is ever over: if not, a hit compares none. */
  isTimed: boolean
  readonly credential: Credential
  /** Resolved with the credential: handing out one promise for all hits saves making one for each. */
  readonly promise: Promise<Credential>
  /** Wall clock. */
  readonly expiresAtMs: number
  /** Monotonic: from here on it is answered only as the cache's freshness allows. Infinity where the cache drops it then. */
  staleAtMs = Number.POSITIVE_INFINITY
  /** Monotonic: no read behind the scenes begins before, because one has failed. */
  refreshAgainAtMs = 0
  /** The kind it was last read as by reference, and what came out of that. */
  typedKind: KindDefinition | undefined = undefined
  typedPromise: Promise<Credential> | undefined = undefined

  constructor(owner: object, credential: Credential) {
    this.owner = owner
    this.credential = credential
    this.promise = Promise.resolve(credential)
    const { expiresAt } = credential.metadata
    this.expiresAtMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)
    this.isTimed = expiresAt !== undefined
  }

  /** Has it answered only as the freshness allows from then on. */
  turnStaleAt(staleAtMs: number): void {
    this.staleAtMs = staleAtMs
    this.isTimed = true
  }

  /** Remembers what the credential is when read as `kind`. */
  keepTyped<T extends SecretValue>(kind: KindDefinition<T>, credential: Credential<T>): void {
    this.typedKind = kind
    this.typedPromise = Promise.resolve(credential)
  }
}

/** The kept answer that there is no such credential. */
export class MissingEntry {
  readonly isMissing = true
  readonly owner: object
  readonly error: HoldfastError

  constructor(owner: object, error: HoldfastError) {
    this.owner = owner
    this.error = error
  }
}
