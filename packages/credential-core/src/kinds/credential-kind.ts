import type { SecretValue } from '@holdfast/contracts'

/**
 * What a kind finds in a value: the value in the form it is stored and handed out in, or what is wrong with it. A problem
 * says where and what is expected (`port must be between 1 and 65535`), never what was there.
 */
export type KindReading<T extends SecretValue> =
  | { readonly value: T; readonly expiresAt?: string | undefined; readonly problems?: undefined }
  | { readonly problems: readonly string[]; readonly value?: undefined }

/** What a kind is made of. */
export interface KindDefinition<T extends SecretValue = SecretValue> {
  /** Lower case with hyphens: `api-key`. It is stored with the credential, so it never changes. */
  readonly name: string
  /**
   * Reads a value, as a caller gives it or as it is stored. What it answers is what is stored, so reading that again must
   * give the same. `expiresAt` (RFC 3339) is when the value itself says that it ends, as certificates do.
   */
  read(value: SecretValue): KindReading<T>
}

/** A credential of a known kind: where it is and what comes out of it. Kinds make it: `database('db/main')`. */
export interface CredentialReference<T extends SecretValue = SecretValue> {
  readonly id: string
  readonly kind: KindDefinition<T>
}

/** A kind of credential. Call it with an id to refer to a credential of that kind. */
export interface CredentialKind<T extends SecretValue = SecretValue> {
  (id: string): CredentialReference<T>
  readonly definition: KindDefinition<T>
}
