import { parseScopeId, Secret, type SecretValue } from '@holdfast/contracts'
import { credentialIdProblem } from '@holdfast/contracts/credentials'
import type { Credential, CredentialManager, StoreItem } from '@holdfast/credential-core'
import { readGivenValue } from '../read-given-value.ts'
import type { EntryHints, ImportEntry, ImportProblem } from './import-entry.ts'
import { idOfName, isVariableName } from './variable-names.ts'

/** What the options of the command say about every entry that says nothing itself. */
export interface ImportDefaults extends Omit<EntryHints, 'id'> {
  /** Comes before each derived id. */
  readonly prefix?: string
}

/** What an import will do with one entry. */
export interface PlannedEntry {
  readonly name: string
  readonly id: string
  readonly action: 'create' | 'update' | 'unchanged'
  readonly line?: number
  readonly item: StoreItem
}

/** What an import will do, before it does anything. */
export interface ImportPlan {
  readonly entries: readonly PlannedEntry[]
  readonly problems: readonly ImportProblem[]
}

/**
 * Decides about every entry of a source: its id, kind and value as its kind asks, and whether what is stored already is
 * the same. Nothing is written. An entry that differs from what is stored is a problem unless `overwrite`.
 */
export const planImport = async (
  manager: CredentialManager,
  entries: readonly ImportEntry[],
  defaults: ImportDefaults,
  { overwrite, signal }: { readonly overwrite: boolean; readonly signal: AbortSignal },
): Promise<ImportPlan> => {
  const problems: ImportProblem[] = []
  const items = new Map<
    string,
    { readonly entry: ImportEntry; readonly item: StoreItem; readonly value: SecretValue }
  >()
  for (const entry of entries) {
    const made = makeItem(entry, defaults)
    const earlier = 'id' in made ? items.get(made.id) : undefined
    if (!('id' in made)) problems.push(...made.problems.map((message) => ({ ...placeOf(entry), message })))
    else if (earlier === undefined) items.set(made.id, { entry, item: made.item, value: made.value })
    else
      problems.push({ ...placeOf(entry), message: `${entry.name} and ${earlier.entry.name} would both be ${made.id}` })
  }
  const stored = await retrieveStored(manager, [...items.keys()], signal)
  const planned: PlannedEntry[] = []
  for (const [id, { entry, item, value }] of items) {
    const existing = stored.get(id)
    const action = existing === undefined ? 'create' : isSame(existing, item, value) ? 'unchanged' : 'update'
    if (action === 'update' && !overwrite) {
      const difference = existing === 'damaged' ? 'is damaged' : 'differs'
      problems.push({
        ...placeOf(entry),
        message: `${id} is stored already and ${difference}: --overwrite replaces it`,
      })
    } else planned.push({ name: entry.name, id, action, item, ...placeOf(entry) })
  }
  return { entries: planned, problems }
}

const placeOf = ({ line }: ImportEntry): { readonly line?: number } => (line === undefined ? {} : { line })

const makeItem = (
  { name, value: given, hints }: ImportEntry,
  defaults: ImportDefaults,
):
  | { readonly id: string; readonly item: StoreItem; readonly value: SecretValue }
  | { readonly problems: readonly string[] } => {
  const id = hints.id ?? `${defaults.prefix ?? ''}${idOfName(name)}`
  const idProblem = credentialIdProblem(id)
  if (idProblem !== undefined) return { problems: [`${JSON.stringify(name)} cannot be an id: ${idProblem}`] }
  const kind = hints.kind ?? defaults.kind ?? 'opaque'
  const reading = readGivenValue(kind, given)
  if (reading.problems !== undefined) {
    return { problems: reading.problems.map((problem) => `${name} is not of the kind ${kind}: ${problem}`) }
  }
  const scope = hints.scope ?? defaults.scope
  const expiresAt = hints.expiresAt ?? defaults.expiresAt
  const item: StoreItem = {
    target: id,
    value: new Secret<SecretValue>(reading.value),
    kind,
    tags: { ...defaults.tags, ...(isVariableName(name) ? { env: name } : {}), ...hints.tags },
    ...(scope === undefined ? {} : { scope: parseScopeId(scope) }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
  return { id, item, value: reading.value }
}

/** What is stored under these ids. */
const retrieveStored = async (
  manager: CredentialManager,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Credential | 'damaged'>> => {
  const { items } = await manager.retrieveBatch(ids, { signal, refuseExpired: false })
  const found = new Map<string, Credential | 'damaged'>()
  for (const item of items) {
    if (item.ok) found.set(item.id, item.value)
    else if (item.error.code === 'DATA_LOSS') found.set(item.id, 'damaged')
    else if (item.error.code !== 'NOT_FOUND') throw item.error
  }
  return found
}

const isSame = (existing: Credential | 'damaged', item: StoreItem, wanted: SecretValue): boolean => {
  if (existing === 'damaged') return false
  const { metadata, value } = existing
  // A certificate says itself when it expires: without a wish any expiry is the same.
  const hasWantedExpiry = item.expiresAt === undefined || item.expiresAt === metadata.expiresAt
  const tags = item.tags ?? {}
  const hasWantedTags =
    Object.keys(tags).length === Object.keys(metadata.tags).length &&
    Object.entries(tags).every(([name, text]) => metadata.tags[name] === text)
  const hasWantedScope = item.scope === undefined || item.scope === metadata.scope
  return (
    metadata.kind === item.kind &&
    hasWantedExpiry &&
    hasWantedTags &&
    hasWantedScope &&
    value.equals(new Secret(wanted))
  )
}
