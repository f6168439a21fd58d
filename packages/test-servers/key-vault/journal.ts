import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs'

/** What a process has done, so that the next one can go on from there. */
export interface Journal<Entry> {
  /** What was done before this process began, in order. */
  readonly entries: readonly Entry[]
  /** To be called before anybody is answered: what was appended is there for the next process, however this one ends. */
  append(entry: Entry): void
}

/** A journal in a file, one entry in a line. An entry that was cut off is dropped: nobody was told of it. */
export const openJournal = <Entry>(file: string): Journal<Entry> => {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole !== text) truncateSync(file, Buffer.byteLength(whole))
  return {
    // Only append has written there.
    entries: whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry])),
    append: (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 }),
  }
}
