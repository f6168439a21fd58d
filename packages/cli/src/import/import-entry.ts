/** What a file says about one entry besides its value: from a comment hint, or from the options of the command. */
export interface EntryHints {
  readonly id?: string
  readonly kind?: string
  /** RFC 3339, UTC. */
  readonly expiresAt?: string
  readonly scope?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** One thing found in a source of an import, before it becomes a credential. */
export interface ImportEntry {
  /** The name in the source: a variable, a key, a file name. */
  readonly name: string
  readonly value: string | Uint8Array
  readonly hints: EntryHints
  /** Where it stands, counted from 1; absent for sources without lines. */
  readonly line?: number
}

/** Something in a source that could not be read. Never holds any part of a value. */
export interface ImportProblem {
  /** Counted from 1; absent for sources without lines. */
  readonly line?: number
  readonly message: string
}

/** What was found in a source: what could be read, what could not, and what the reader should know. */
export interface ImportedEntries {
  readonly entries: readonly ImportEntry[]
  readonly problems: readonly ImportProblem[]
  readonly warnings: readonly ImportProblem[]
}
