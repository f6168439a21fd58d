import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { ImportEntry, ImportedEntries, ImportProblem } from './import-entry.ts'

/**
 * Reads a YAML file that is one map of names to values. Every plain value is taken as the text it is written as, so that
 * `0123`, `1e3` and `no` stay what they are; a map or a list becomes JSON. Nothing of a value is in a problem.
 */
export const parseYamlEntries = (source: string): ImportedEntries => {
  const lines = new LineCounter()
  const text = source.replace(/^\uFEFF/, '')
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  })
  const lineOf = (offset: number | undefined): { readonly line?: number } =>
    offset === undefined ? {} : { line: lines.linePos(offset).line }
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ pos, code }) => ({
      ...lineOf(pos[0]),
      message: `this is not YAML (${code})`,
    }))
    return { entries: [], problems, warnings: [] }
  }
  if (document.contents === null) return { entries: [], problems: [], warnings: [] }
  if (!isMap(document.contents)) {
    return {
      entries: [],
      problems: [{ line: 1, message: 'the file must be one map of names to values' }],
      warnings: [],
    }
  }
  const found = new Map<string, ImportEntry>()
  const problems: ImportProblem[] = []
  const warnings: ImportProblem[] = []
  for (const { key, value } of document.contents.items) {
    const place = lineOf(isScalar(key) ? key.range?.[0] : undefined)
    const name = isScalar(key) ? String(key.value ?? '') : ''
    if (name === '') problems.push({ ...place, message: 'a name is missing, or is not a text' })
    else {
      if (found.has(name)) warnings.push({ ...place, message: `${name} stands there twice: the last one is used` })
      found.delete(name)
      const plain = isScalar(value)
        ? String(value.value ?? '')
        : toJson(() => document.createNode(value).toJS(document))
      if (plain === undefined) problems.push({ ...place, message: `${name} refers to itself or is nested too deep` })
      else found.set(name, { name, value: plain, hints: {}, ...place })
    }
  }
  return { entries: [...found.values()], problems, warnings }
}

/** Undefined for what has no JSON: an alias inside its own anchor, or aliases that would grow without end. */
const toJson = (read: () => unknown): string | undefined => {
  try {
    const data = read()
    return data === null || data === undefined ? '' : JSON.stringify(data)
  } catch {
    return undefined
  }
}
