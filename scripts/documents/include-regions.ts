import { existsSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

/** A document with its included code, and what could not be included. */
export interface FilledDocument {
  readonly text: string
  readonly problems: readonly string[]
}

const block = /^( *)<!-- include: (\S+?)(?:#(\S+))? -->\n([\s\S]*?)^ *<!-- \/include -->$/gm

const languages: Readonly<Record<string, string>> = {
  '.ts': 'ts',
  '.mjs': 'js',
  '.json': 'json',
  '.yaml': 'yaml',
  '.sh': 'sh',
  '.py': 'python',
  '.env': 'sh',
}

/**
 * Fills every `<!-- include: path#region -->` … `<!-- /include -->` of a Markdown text with the code between
 * `#region name` and `#endregion name` of that file, or with the whole file. Paths are from `root`.
 */
export const includeRegions = (root: string, document: string): FilledDocument => {
  const problems: string[] = []
  const text = document.replace(block, (whole, indent: string, path: string, region: string | undefined) => {
    const code = readRegion(root, path, region)
    if (typeof code !== 'string') {
      problems.push(code.problem)
      return whole
    }
    const name = region === undefined ? path : `${path}#${region}`
    const lines = [`\`\`\`${languages[extname(path)] ?? ''}`, ...code.split('\n'), '```']
    const body = lines.map((line) => (line === '' ? '' : indent + line)).join('\n')
    return `${indent}<!-- include: ${name} -->\n${body}\n${indent}<!-- /include -->`
  })
  const opened = document.match(/^ *<!-- include: /gm)?.length ?? 0
  const closed = [...document.matchAll(block)].length
  if (opened !== closed)
    problems.push(`${opened - closed} include block without its <!-- /include --> on a line of its own`)
  return { text, problems }
}

const readRegion = (root: string, path: string, region: string | undefined): string | { readonly problem: string } => {
  if (!existsSync(join(root, path))) return { problem: `includes ${path}, which does not exist` }
  const lines = readFileSync(join(root, path), 'utf8').split('\n')
  if (region === undefined) return tidy(lines)
  const start = lines.findIndex((line) => isMarker(line, 'region', region))
  const end = lines.findIndex((line) => isMarker(line, 'endregion', region))
  if (start < 0 || end < start) return { problem: `includes ${path}#${region}, but there is no such region` }
  return tidy(lines.slice(start + 1, end))
}

const isMarker = (line: string, word: string, region: string): boolean =>
  new RegExp(`^\\s*(//|#) ?#${word} ${region.replace(/[^\w-]/g, '\\$&')}\\s*$`).test(line)

/** Without the markers of other regions, the common indentation, and blank lines at both ends. */
const tidy = (lines: readonly string[]): string => {
  const kept = lines.filter((line) => !/^\s*(\/\/|#) ?#(end)?region\b/.test(line))
  const indents = kept.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length)
  const indent = Math.min(...indents, Number.MAX_SAFE_INTEGER)
  return kept
    .map((line) => line.slice(indent))
    .join('\n')
    .replace(/^\n+|\s+$/g, '')
}
