import { parseScopeId, type ScopeId } from '@holdfast/contracts'
import type { CommandOption, Invocation } from '../command.ts'
import { parseExpiry } from '../import/parse-hint.ts'
import { usageError } from '../usage-error.ts'

/** Options of the commands that store something. */
export const attributeOptions: Readonly<Record<string, CommandOption>> = {
  kind: {
    type: 'string',
    value: 'KIND',
    help: 'opaque (default), api-key, basic, bearer, database, tls-certificate, ssh-key, aws-keys',
  },
  scope: { type: 'string', value: 'SCOPE', help: 'where it belongs, such as org:acme/team:billing; fixed once stored' },
  expires: {
    type: 'string',
    value: 'DATE',
    help: '2027-01-31 (the beginning of that day in UTC) or 2027-01-31T12:00:00Z',
  },
  tag: { type: 'string', multiple: true, value: 'NAME=TEXT', help: 'a tag to find it by' },
}

/** What these options said. */
export interface GivenAttributes {
  readonly kind?: string
  readonly scope?: ScopeId
  readonly expiresAt?: string
  readonly tags: Readonly<Record<string, string>>
}

/** Reads them. Errors: INVALID_ARGUMENT. */
export const readAttributes = ({ text, texts }: Invocation): GivenAttributes => {
  const kind = text('kind')
  const scope = text('scope')
  const expires = text('expires')
  const expiresAt = expires === undefined ? undefined : parseExpiry(expires)
  if (expires !== undefined && expiresAt === undefined) {
    throw usageError('expires', 'The option --expires is not a date.', 'Write 2027-01-31 or 2027-01-31T12:00:00Z.')
  }
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(scope === undefined ? {} : { scope: parseScopeId(scope) }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    tags: Object.fromEntries(texts('tag').map(readTag)),
  }
}

const readTag = (given: string): readonly [string, string] => {
  const separator = given.indexOf('=')
  if (separator > 0) return [given.slice(0, separator), given.slice(separator + 1)]
  throw usageError('tag', 'The option --tag is not of the form NAME=TEXT.', 'Write for example --tag owner=payments.')
}
