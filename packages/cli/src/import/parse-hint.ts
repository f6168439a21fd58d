import { scopeProblem } from '@holdfast/contracts'
import { credentialIdProblem } from '@holdfast/contracts/credentials'
import type { EntryHints } from './import-entry.ts'

const hintPattern = /^#\s*holdfast:(.*)$/

/** What a comment line said: hints for the next variable, and what was wrong with them. */
export interface ParsedHint {
  readonly hints: EntryHints
  readonly problems: readonly string[]
}

/**
 * Reads a comment such as `# holdfast: kind=api-key expires=2027-01-31 scope=org:acme/team:billing id=stripe/live
 * tag.owner=payments`: words `name=value` separated by spaces, for the next variable of a .env file. Undefined for any
 * other comment. A date without a time is the beginning of that day in UTC.
 */
export const parseHint = (comment: string): ParsedHint | undefined => {
  const words = hintPattern.exec(comment)?.[1]
  if (words === undefined) return undefined
  const problems: string[] = []
  const hints: { -readonly [K in keyof EntryHints]: EntryHints[K] } = {}
  const tags: Record<string, string> = {}
  for (const word of words.split(/\s+/).filter((text) => text !== '')) {
    const separator = word.indexOf('=')
    const name = separator < 0 ? word : word.slice(0, separator)
    const text = separator < 0 ? '' : word.slice(separator + 1)
    if (text === '') problems.push(`the hint ${JSON.stringify(name)} has no value: write ${name}=value`)
    else if (name === 'kind') hints.kind = text
    else if (name === 'id') collect(problems, 'id', credentialIdProblem(text), () => (hints.id = text))
    else if (name === 'scope') collect(problems, 'scope', scopeProblem(text), () => (hints.scope = text))
    else if (name === 'expires') {
      const expiresAt = parseExpiry(text)
      if (expiresAt === undefined) problems.push('the hint expires is not a date such as 2027-01-31')
      else hints.expiresAt = expiresAt
    } else if (/^tag\.[\w.-]+$/.test(name)) tags[name.slice(4)] = text
    else problems.push(`the hint ${JSON.stringify(name)} is not known: use kind, expires, scope, id or tag.<name>`)
  }
  return { hints: { ...hints, ...(Object.keys(tags).length > 0 ? { tags } : {}) }, problems }
}

const collect = (problems: string[], name: string, problem: string | undefined, accept: () => void): void => {
  if (problem === undefined) accept()
  else problems.push(`the hint ${name} is not valid: ${problem}`)
}

/** A date (`2027-01-31`, the beginning of that day in UTC) or a moment with its zone (`2027-01-31T12:00:00Z`) as RFC 3339 in UTC; undefined for anything else, also for days that no calendar has. */
export const parseExpiry = (text: string): string | undefined => {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text)
  const day = match?.[1]
  if (day === undefined) return undefined
  const dayMs = Date.parse(`${day}T00:00:00Z`)
  const ms = Date.parse(text)
  // Date.parse turns 30 February into March.
  if (Number.isNaN(ms) || Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== day) return undefined
  return new Date(ms).toISOString()
}
