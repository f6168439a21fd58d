import { parseScopeId } from '@holdfast/contracts'
import type { CredentialMetadata, CredentialSummary } from '@holdfast/contracts/credentials'
import type { CredentialManager } from '@holdfast/credential-core'
import type { CommandOption, Invocation } from './command.ts'

/** Options of the commands that work on many credentials. */
export const selectionOptions: Readonly<Record<string, CommandOption>> = {
  prefix: { type: 'string', value: 'TEXT', help: 'only ids that begin with this' },
  scope: { type: 'string', value: 'SCOPE', help: 'only this scope and what lies below it' },
  tag: { type: 'string', multiple: true, value: 'NAME=TEXT', help: 'only those with this tag' },
}

/** A credential that can be read, by its description. */
export interface ReadableSummary extends CredentialSummary {
  readonly metadata: CredentialMetadata
}

/** What a selection found: sorted by id, the damaged ones apart. */
export interface Selection {
  readonly readable: readonly ReadableSummary[]
  /** Ids of entries whose description cannot be read. */
  readonly damaged: readonly string[]
}

/** Lists what the options of a command select. `prefix` overrides the option of that name. */
export const selectCredentials = async (
  manager: CredentialManager,
  { text, texts, signal }: Invocation,
  prefix: string | undefined = text('prefix'),
): Promise<Selection> => {
  const scope = text('scope')
  const tags = tagsOf({ texts })
  const readable: ReadableSummary[] = []
  const damaged: string[] = []
  const options = { prefix, signal, tags, ...(scope === undefined ? {} : { scope: parseScopeId(scope) }) }
  for await (const summary of manager.list(options)) {
    if (summary.metadata === undefined) damaged.push(summary.id)
    else readable.push({ ...summary, metadata: summary.metadata })
  }
  readable.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { readable, damaged: damaged.sort() }
}

/** The tags that the options of a command select by. */
export const tagsOf = ({ texts }: Pick<Invocation, 'texts'>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    texts('tag').map((tag) => {
      const separator = tag.indexOf('=')
      return separator < 0 ? [tag, ''] : [tag.slice(0, separator), tag.slice(separator + 1)]
    }),
  )
