import { readFile, stat } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { HoldfastError } from '@holdfast/contracts'
import { parse as parseYaml } from 'yaml'

/** File names that are looked for, in this order. */
export const configurationFileNames = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'].map(
  (extension) => `holdfast.config.${extension}`,
)

/** A configuration as it was read, not checked yet: `openManager` does that. */
export interface LoadedConfiguration {
  readonly configuration: unknown
  /** The file it came from, absolute. */
  readonly file: string
  /** The folder of the file: what relative paths in it are relative to. */
  readonly baseDirectory: string
}

/**
 * Finds the configuration file for a folder: there, or in a folder above it up to the project's root, which is the first
 * with a `package.json` or `.git`. Without a project only the folder itself counts, because a configuration can be code
 * and folders further up may be anybody's. Undefined when there is none.
 */
export const findConfiguration = async (directory: string): Promise<string | undefined> => {
  const start = resolve(directory)
  const root = (await projectRoot(start)) ?? start
  for (let current = start; ; current = dirname(current)) {
    for (const name of configurationFileNames) {
      if (await isThere(join(current, name))) return join(current, name)
    }
    if (current === root) return undefined
  }
}

/**
 * Reads a configuration file: `.ts .mts .js .mjs` by its default export (Node strips the types), `.json`, `.yaml`, `.yml`.
 * Errors: NOT_FOUND, and INVALID_ARGUMENT when the file cannot be read as what its name says.
 */
export const loadConfiguration = async (path: string): Promise<LoadedConfiguration> => {
  const file = resolve(path)
  if (!(await isThere(file))) {
    throw new HoldfastError({
      code: 'NOT_FOUND',
      source: 'config',
      operation: 'loadConfiguration',
      message: `There is no configuration file ${file}.`,
      hint: `Check the path; files called ${configurationFileNames.join(', ')} are found without one.`,
    })
  }
  const read = readers[extname(file)]
  if (read === undefined) {
    throw unreadable(
      file,
      `Its name ends in ${extname(file) || 'nothing'}`,
      'Call it .ts, .mts, .js, .mjs, .json, .yaml or .yml',
    )
  }
  return { configuration: await read(file), file, baseDirectory: dirname(file) }
}

const readModule = async (file: string): Promise<unknown> => {
  let module: object
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    throw unreadable(file, 'Importing it failed', 'The cause says where: run the file with node to see more', error)
  }
  if ('default' in module) return module.default
  throw unreadable(file, 'It has no default export', 'Write: export default { store: "file:./secrets" }')
}

const readJson = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(withoutByteOrderMark(await readFile(file, 'utf8')))
  } catch {
    // What JSON.parse says quotes the file.
    throw unreadable(file, 'It is not JSON', 'Look for a missing comma or quote')
  }
}

const readYaml = async (file: string): Promise<unknown> => {
  try {
    return parseYaml(withoutByteOrderMark(await readFile(file, 'utf8')))
  } catch (error) {
    throw unreadable(file, 'It is not YAML', `Look at ${yamlPlace(error)}`)
  }
}

/** Where the parser stopped. Its message quotes the file, so only the line is told. */
const yamlPlace = (error: unknown): string => {
  const [start]: readonly unknown[] = Array.isArray(Reflect.get(Object(error), 'linePos'))
    ? Reflect.get(Object(error), 'linePos')
    : []
  const line: unknown = Reflect.get(Object(start), 'line')
  return `${typeof line === 'number' ? `line ${line}` : 'its indentation'}, and put values that hold a colon in quotes`
}

const readers: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  '.ts': readModule,
  '.mts': readModule,
  '.js': readModule,
  '.mjs': readModule,
  '.json': readJson,
  '.yaml': readYaml,
  '.yml': readYaml,
}

const withoutByteOrderMark = (text: string): string => text.replace(/^\uFEFF/, '')

const projectRoot = async (start: string): Promise<string | undefined> => {
  for (let current = start; ; current = dirname(current)) {
    if ((await isThere(join(current, 'package.json'))) || (await isThere(join(current, '.git')))) return current
    if (dirname(current) === current) return undefined
  }
}

const isThere = async (path: string): Promise<boolean> => {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}

const unreadable = (file: string, problem: string, hint: string, cause?: unknown): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source: 'config',
    operation: 'loadConfiguration',
    message: `The configuration file ${file} cannot be read. ${problem}.`,
    hint: `${hint}.`,
    ...(cause === undefined ? {} : { cause }),
  })
