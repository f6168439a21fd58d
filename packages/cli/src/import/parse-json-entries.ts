import type { ImportEntry, ImportedEntries, ImportProblem } from './import-entry.ts'

/**
 * Reads a JSON file that is one object of names to values. Texts are taken as they are, objects and lists as JSON;
 * numbers, booleans and null are problems, because `1.10` and `1.1` are the same number and different secrets.
 */
export const parseJsonEntries = (source: string): ImportedEntries => {
  let data: unknown
  try {
    data = JSON.parse(source.replace(/^\uFEFF/, ''))
  } catch (error) {
    // What JSON.parse says quotes the file; the place, where it tells one, is all that is passed on.
    const offset = /position (\d+)/.exec(String(Reflect.get(Object(error), 'message')))?.[1]
    const place = offset === undefined ? {} : { line: source.slice(0, Number(offset)).split('\n').length }
    return { entries: [], problems: [{ ...place, message: 'this is not JSON' }], warnings: [] }
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return { entries: [], problems: [{ message: 'the file must be one object of names to values' }], warnings: [] }
  }
  const entries: ImportEntry[] = []
  const problems: ImportProblem[] = []
  for (const [name, value] of Object.entries(data)) {
    if (name === '') problems.push({ message: 'a name is empty' })
    else if (typeof value === 'string') entries.push({ name, value, hints: {} })
    else if (typeof value === 'object' && value !== null)
      entries.push({ name, value: JSON.stringify(value), hints: {} })
    else
      problems.push({
        message: `${JSON.stringify(name)} is ${value === null ? 'null' : `a ${typeof value}`}: write it as a text in quotes`,
      })
  }
  return { entries, problems, warnings: [] }
}
