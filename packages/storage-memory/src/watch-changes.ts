import type { CredentialChange, WatchOptions } from '@holdfast/contracts/credentials'
import type { Contents } from './memory-data.ts'

/**
 * Yields the changes of a data as `Watchable` promises, until the caller's signal or `closing` is aborted. `begin` runs
 * with the first `next()` and may throw.
 */
export const watchChanges = (
  contents: Contents,
  { signal, prefix = '', cursor }: WatchOptions,
  closing: AbortSignal,
  begin: () => void,
): AsyncIterableIterator<CredentialChange> => {
  const left = new AbortController()
  const ended = AbortSignal.any([left.signal, closing, ...(signal === undefined ? [] : [signal])])
  const changes = iterate(contents, prefix, cursor, ended, begin)
  return {
    next: () => changes.next(),
    return() {
      // The generator may be waiting for a change: without this its own return would wait with it.
      left.abort()
      return changes.return(undefined)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

const iterate = async function* (
  contents: Contents,
  prefix: string,
  cursor: string | undefined,
  ended: AbortSignal,
  begin: () => void,
): AsyncGenerator<CredentialChange, undefined> {
  begin()
  const { changes } = contents
  let position = cursor === undefined ? changes.last : positionOf(contents, cursor)
  while (!ended.aborted) {
    const change = changes.after(position, prefix)
    if (change === undefined) {
      await nextChange(contents, ended)
    } else if (change === 'lost') {
      position = changes.last
      yield { type: 'resynced', id: '', cursor: cursorOf(contents, position) }
    } else {
      position = change.sequence
      const told = { id: change.id, cursor: cursorOf(contents, position) }
      yield change.version === undefined
        ? { type: 'deleted', ...told }
        : { type: 'stored', ...told, version: change.version }
    }
  }
  return undefined
}

const cursorOf = ({ id }: Contents, sequence: number): string => `${id}.${sequence}`

/** Where a cursor stands; -1, which is always too old, for one of another data or of no form we know. */
const positionOf = ({ id }: Contents, cursor: string): number => {
  const digits = cursor.startsWith(`${id}.`) ? cursor.slice(id.length + 1) : ''
  return /^\d{1,15}$/.test(digits) ? Number(digits) : -1
}

const nextChange = ({ changes }: Contents, ended: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const wake = (): void => {
      unsubscribe()
      ended.removeEventListener('abort', wake)
      resolve()
    }
    const unsubscribe = changes.subscribe(wake)
    ended.addEventListener('abort', wake)
  })
