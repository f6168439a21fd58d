import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'

/** How many files this process has open, where the system tells. */
export interface OpenFiles {
  /** The count that was finished last, and starts another: listing some thousand files would hold up the event loop. */
  latest(): number | undefined
  /** Most files that may be open. */
  readonly limit: number | undefined
}

/** Counts the open files of this process on Linux; elsewhere it knows nothing. */
export const countOpenFiles = (folder = '/proc/self'): OpenFiles => {
  let latest: number | undefined
  let isCounting = false
  const count = async (): Promise<void> => {
    if (isCounting) return
    isCounting = true
    // The folder that is read is open too.
    latest = await readdir(`${folder}/fd`).then(
      (names) => names.length - 1,
      () => undefined,
    )
    isCounting = false
  }
  count()
  return {
    limit: readLimit(folder),
    latest() {
      count()
      return latest
    },
  }
}

const readLimit = (folder: string): number | undefined => {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync(`${folder}/limits`, 'utf8'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}
