/** What happened to one id, with its place in the order of all changes. */
export interface LoggedChange {
  readonly sequence: number
  readonly id: string
  /** The version that is current since; absent when the credential was deleted. */
  readonly version: string | undefined
}

/** The last changes in their order, for any number of readers that each remember how far they have come. */
export interface ChangeLog {
  /** The sequence of the last change, 0 before the first. */
  readonly last: number
  append(id: string, version: string | undefined): void
  /**
   * The first change after `sequence` that no later one of the same id has overtaken. `lost`: changes after it were
   * dropped, or it was never given out. Undefined: nothing new.
   */
  after(sequence: number, prefix: string): LoggedChange | 'lost' | undefined
  /** Drops everything, so that every reader hears `lost`. */
  forget(): void
  /** Calls `listener` after each change until the returned function is called. */
  subscribe(listener: () => void): () => void
}

/** How many changes are kept at least: enough for a reader that was away for some seconds of heavy writing. */
export const keptChanges = 1000

/** Makes a {@link ChangeLog}. */
export const createChangeLog = (): ChangeLog => {
  let changes: LoggedChange[] = []
  let last = 0
  const latest = new Map<string, number>()
  const listeners = new Set<() => void>()

  const drop = (count: number): void => {
    for (const { id, sequence } of changes.slice(0, count)) if (latest.get(id) === sequence) latest.delete(id)
    changes = changes.slice(count)
  }
  const tell = (): void => {
    for (const listener of [...listeners]) listener()
  }

  return {
    get last() {
      return last
    },
    append(id, version) {
      last += 1
      changes.push({ sequence: last, id, version })
      latest.set(id, last)
      if (changes.length >= 2 * keptChanges) drop(keptChanges)
      tell()
    },
    after(sequence, prefix) {
      const firstKept = last - changes.length + 1
      if (sequence < firstKept - 1 || sequence > last) return 'lost'
      return changes
        .slice(sequence - firstKept + 1)
        .find((change) => change.id.startsWith(prefix) && latest.get(change.id) === change.sequence)
    },
    forget() {
      drop(changes.length)
      last += 1
      tell()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
