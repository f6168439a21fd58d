import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A one-line breakage and the test that must notice it, as `packages/<name>/test/mutants.json` lists them. */
export interface Mutant {
  readonly name: string
  /** The source file, from the repository root. */
  readonly file: string
  /** Exact text within one line, found once in the file. */
  readonly find: string
  readonly replace: string
  /** The test file, from the repository root. */
  readonly test: string
  /** The name of the test that must go red, as the report of a run spells it. */
  readonly title: string
}

const fields = ['name', 'file', 'find', 'replace', 'test', 'title'] as const

/** Reads every `packages/*\/test/mutants.json`. */
export const collectMutants = (root: string): readonly Mutant[] =>
  readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name, 'test/mutants.json'))
    .filter((path) => existsSync(path))
    .flatMap((path): readonly Mutant[] => JSON.parse(readFileSync(path, 'utf8')))

/** Why a mutant cannot be tried, or undefined when it can. */
export const mutantProblem = (root: string, mutant: Mutant): string | undefined => {
  const missing = fields.filter((field) => typeof mutant[field] !== 'string')
  if (missing.length > 0) return `lacks ${missing.join(', ')}`
  if (!existsSync(join(root, mutant.file))) return `names ${mutant.file}, which does not exist`
  if (!existsSync(join(root, mutant.test))) return `names ${mutant.test}, which does not exist`
  if (mutant.find.includes('\n') || mutant.find.trim() === '') return 'must find text within one line'
  if (mutant.find === mutant.replace) return 'replaces the text by itself'
  const times = readFileSync(join(root, mutant.file), 'utf8').split(mutant.find).length - 1
  if (times !== 1) return `finds its text ${times} times in ${mutant.file}; it must stand there once`
  return undefined
}
