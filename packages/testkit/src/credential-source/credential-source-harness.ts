import type { CredentialSource } from '@holdfast/contracts/credentials'

/** What one case works on: made for it, holding a value, and cleaned up after it. */
export interface CredentialSourceFixture {
  readonly source: CredentialSource
  /** Puts another value in its place, as somebody else would. */
  replace(): Promise<void>
  /** Takes the credential away; absent where nobody can. */
  remove?(): Promise<void>
  /** Texts of the values that it gives, which must stand nowhere. */
  readonly secrets: readonly string[]
  /** Closes and removes everything that was made for the case. */
  cleanup(): Promise<void>
}

/** How the suite gets credential sources. */
export interface CredentialSourceHarness {
  /** What the tests are called by. */
  readonly name: string
  /** Makes a source of a credential that is there. */
  create(): Promise<CredentialSourceFixture>
  /** How long `watch` may take to tell of a change, in milliseconds of real time. Default 20,000. */
  readonly patienceMs?: number
}

/** What a case may need: a source that can be watched, a credential that can be taken away. */
export type CredentialSourceNeed = 'watch' | 'remove'

/** What a case is given. */
export interface CredentialSourceSubject
  extends Pick<CredentialSourceFixture, 'source' | 'replace' | 'remove' | 'secrets'> {
  readonly patienceMs: number
}

/** One rule of the contract of credential sources. */
export interface CredentialSourceCase {
  /** The rule, as a sentence about a source. */
  readonly name: string
  /** Without these the case is skipped. */
  readonly needs?: readonly CredentialSourceNeed[]
  /** Rejects when the source breaks the rule. */
  run(subject: CredentialSourceSubject): Promise<void>
}
