import { opendir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { HoldfastError } from '@holdfast/contracts'
import { printable } from '../printable.ts'
import { usageError } from '../usage-error.ts'
import type { ImportEntry, ImportedEntries, ImportProblem } from './import-entry.ts'
import { parseDotenv } from './parse-dotenv.ts'
import { parseJsonEntries } from './parse-json-entries.ts'
import { parseYamlEntries } from './parse-yaml-entries.ts'

/** What a source can be. */
export const importFormats = ['env', 'json', 'yaml', 'directory'] as const

/** One of {@link importFormats}. */
export type ImportFormat = (typeof importFormats)[number]

/**
 * Reads a file or a folder. Without a format a folder is `directory` (one file for each secret, as Docker and Kubernetes
 * mount them; names beginning with a dot are left out, a newline at the very end is dropped), and a file goes by its
 * ending, `env` if that says nothing. Errors: NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT.
 */
export const readSource = async (path: string, format?: ImportFormat): Promise<ImportedEntries> => {
  try {
    const isDirectory = (await stat(path)).isDirectory()
    if (isDirectory && (format === undefined || format === 'directory')) return await readFolder(path)
    if (isDirectory || format === 'directory') {
      throw usageError(
        'import',
        `${printable(path)} is ${isDirectory ? 'a folder' : 'no folder'}.`,
        'Leave --format away, or give what it says.',
      )
    }
    const text = textOf(await readFile(path))
    if (text === undefined) {
      return { entries: [], problems: [{ line: 1, message: 'the file is not text in UTF-8' }], warnings: [] }
    }
    return parsers[format ?? formatOf(path)](text)
  } catch (error) {
    throw HoldfastError.is(error) ? error : unreadable(path, error)
  }
}

const formatOf = (path: string): Exclude<ImportFormat, 'directory'> => {
  const extension = extname(basename(path)).toLowerCase()
  if (extension === '.json') return 'json'
  return extension === '.yaml' || extension === '.yml' ? 'yaml' : 'env'
}

const parsers: Readonly<Record<Exclude<ImportFormat, 'directory'>, (text: string) => ImportedEntries>> = {
  env: parseDotenv,
  json: parseJsonEntries,
  yaml: parseYamlEntries,
}

const readFolder = async (path: string): Promise<ImportedEntries> => {
  const entries: ImportEntry[] = []
  const problems: ImportProblem[] = []
  for await (const { name } of await opendir(path)) {
    if (name.startsWith('.')) continue
    // Secrets mounted by Kubernetes are links to files.
    const found = await stat(join(path, name)).catch(() => undefined)
    if (found?.isFile() !== true) {
      problems.push({
        message: `${printable(name)} is ${found === undefined ? 'a link that leads nowhere, or not to be read' : 'not a file'}`,
      })
      continue
    }
    const bytes = await readFile(join(path, name))
    entries.push({ name, value: textOf(bytes)?.replace(/\r?\n$/, '') ?? bytes, hints: {} })
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { entries, problems, warnings: [] }
}

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const unreadable = (path: string, cause: unknown): HoldfastError => {
  const isMissing = Reflect.get(Object(cause), 'code') === 'ENOENT'
  return new HoldfastError({
    code: isMissing ? 'NOT_FOUND' : 'PERMISSION_DENIED',
    source: 'cli',
    operation: 'import',
    message: isMissing ? `There is no file ${printable(path)}.` : `${printable(path)} could not be read.`,
    hint: isMissing ? 'Check the path; it is relative to where you stand.' : 'Check that you may read it.',
    cause,
  })
}
