import { HoldfastError } from '@holdfast/contracts'
import type { Credential, CredentialManager } from '@holdfast/credential-core'
import { isVariableName } from '../import/variable-names.ts'
import type { Output } from '../output.ts'
import type { ReadableSummary } from '../select-credentials.ts'
import { textOfCredential } from '../text-of-credential.ts'
import { explainDamage } from '../vault/explain-damage.ts'

/** What a child process gets. */
export interface InjectedVariables {
  readonly values: ReadonlyMap<string, string>
  /** The values that its output must not show: all but those whose tag `redact` is `no`. */
  readonly secrets: readonly string[]
}

/**
 * Retrieves every credential that has the tag `env` and turns it into the text of that variable. Everything that cannot
 * be injected is one error: two credentials for one variable, bytes that are no text, a NUL, a credential that cannot be
 * read. One that has expired is injected with a warning, or refused when `refuseExpired`.
 */
export const injectedVariables = async (
  manager: CredentialManager,
  summaries: readonly ReadableSummary[],
  {
    signal,
    output,
    nowMs,
    refuseExpired,
    damaged,
  }: {
    readonly signal: AbortSignal
    readonly output: Output
    readonly nowMs: number
    readonly refuseExpired: boolean
    /** Ids whose description cannot be read: whether the program needs them nobody can tell. */
    readonly damaged: readonly string[]
  },
): Promise<InjectedVariables> => {
  const wanted = summaries.filter(({ metadata }) => metadata.tags.env !== undefined)
  const { items } = await manager.retrieveBatch(
    wanted.map(({ id }) => id),
    { signal, refuseExpired: false },
  )
  const problems = damaged.map((id) => `${id}: it is damaged (holdfast restore ${id} goes back to the version before)`)
  const values = new Map<string, string>()
  const owners = new Map<string, string>()
  const secrets: string[] = []
  for (const item of items) {
    if (!item.ok) {
      problems.push(`${item.id}: ${explainDamage(item.error).message}`)
      continue
    }
    const variable = String(item.value.metadata.tags.env)
    const text = textOfCredential(item.value.kind, item.value.value.reveal())
    const problem = problemOf(variable, text, owners.get(variable))
    if (isExpired(item.value, nowMs)) {
      if (refuseExpired) problems.push(`${item.id}: it expired at ${String(item.value.metadata.expiresAt)}`)
      else
        output.warn(
          `${item.id} (${variable}) expired at ${String(item.value.metadata.expiresAt)} and is injected all the same`,
        )
    }
    if (problem !== undefined || text === undefined) problems.push(`${item.id}: ${problem ?? 'it has no text form'}`)
    else {
      owners.set(variable, item.id)
      values.set(variable, text)
      if (item.value.metadata.tags.redact !== 'no') secrets.push(text)
    }
  }
  if (problems.length > 0) throw cannotInject(problems)
  return { values, secrets }
}

const isExpired = ({ metadata }: Credential, nowMs: number): boolean =>
  metadata.expiresAt !== undefined && Date.parse(metadata.expiresAt) <= nowMs

const problemOf = (variable: string, text: string | undefined, owner: string | undefined): string | undefined => {
  if (!isVariableName(variable)) return 'its tag env is not the name of a variable'
  if (text === undefined) return 'it holds bytes that are no text'
  if (text.includes('\0')) return 'it contains a NUL character, which no variable can hold'
  return owner === undefined
    ? undefined
    : `${owner} is for the variable ${variable} as well: narrow with --only or --scope`
}

const cannotInject = (problems: readonly string[]): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'VALUE_MALFORMED',
    source: 'cli',
    operation: 'run',
    message: `${problems.length === 1 ? 'A secret' : `${problems.length} secrets`} cannot be injected, and nothing was started.`,
    hint: 'Correct them, or leave them out with --only PREFIX or --scope SCOPE.',
    details: { lines: [...problems] },
  })
