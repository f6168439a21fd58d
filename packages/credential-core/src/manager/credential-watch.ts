import { HoldfastError, type ScopeId } from '@holdfast/contracts'
import { type CredentialChange, requireCapability } from '@holdfast/contracts/credentials'
import type { WatchCredentialsOptions } from './credential-manager.ts'
import { leavableStream } from './leavable-stream.ts'
import { type ManagerCore, observedStream } from './manager-core.ts'
import { isReservedId } from './reserved-ids.ts'
import { isWithinScope, narrowScope } from './scope-boundary.ts'

/** Watches what a view may see, and forgets the cached values of what changed before it tells of the change. */
export const watchCredentials = (
  core: ManagerCore,
  boundary: ScopeId | undefined,
  options: WatchCredentialsOptions,
): AsyncIterableIterator<CredentialChange, void> =>
  // Ends normally, as a watch does, when the caller's signal is aborted or the manager is closed.
  leavableStream([options.signal, core.closer.closing], (ending) => generateChanges(core, boundary, options, ending))

const generateChanges = async function* (
  core: ManagerCore,
  boundary: ScopeId | undefined,
  { context, prefix, cursor }: WatchCredentialsOptions,
  ending: AbortSignal,
): AsyncGenerator<CredentialChange, void> {
  core.closer.throwIfClosed('watch')
  const allowed = narrowScope(boundary, context, prefix ?? '', 'watch', core.audit)
  const storage = requireCapability(core.storage, 'watch', 'credential-core', 'watch')
  const changes = storage.watch({ prefix, cursor, signal: ending })
  const visible = allowed === undefined ? changes : withinScope(core, allowed, prefix, changes)
  const stream = async function* (): AsyncGenerator<CredentialChange> {
    for await (const change of visible) {
      if (change.type === 'resynced') core.cache.invalidateAll()
      else if (isReservedId(change.id)) continue
      else core.cache.invalidate(change.id)
      yield change
    }
  }
  yield* observedStream(core, 'watch', context, stream)
}

/**
 * Leaves out changes outside a scope. What was stored is looked at; what was deleted can no longer be, so the ids within
 * the scope are known from a listing made after the watch has begun. The first deletion of an unknown id may be one that
 * the listing came too late for: the reader is told once to list again, and after that everything is known.
 */
const withinScope = async function* (
  core: ManagerCore,
  allowed: ScopeId,
  prefix: string | undefined,
  changes: AsyncIterable<CredentialChange>,
): AsyncGenerator<CredentialChange> {
  const known = new Set<string>()
  let hasCaughtUp = false
  const iterator = changes[Symbol.asyncIterator]()
  try {
    // The first call begins the watch, so it comes before the listing.
    let next = iterator.next()
    // Its failure is met below, after the listing.
    next.catch(() => {})
    for await (const { id, metadata } of core.storage.list({ prefix, scope: allowed })) {
      if (isWithinScope(metadata?.scope, allowed)) known.add(id)
    }
    for (;;) {
      const { done, value: change } = await next
      if (done) return
      const told = await seen(core, allowed, known, change, hasCaughtUp)
      hasCaughtUp ||= told?.type === 'resynced'
      if (told !== undefined) yield told
      next = iterator.next()
    }
  } finally {
    await iterator.return?.()
  }
}

const seen = async (
  core: ManagerCore,
  allowed: ScopeId,
  known: Set<string>,
  change: CredentialChange,
  hasCaughtUp: boolean,
): Promise<CredentialChange | undefined> => {
  const { id, type, cursor } = change
  if (type === 'resynced') return change
  if (isReservedId(id)) return undefined
  if (type === 'deleted') {
    if (known.delete(id)) return change
    return hasCaughtUp ? undefined : { type: 'resynced', id: '', cursor }
  }
  const scope = await scopeOf(core, id)
  if (scope !== undefined && isWithinScope(scope, allowed)) {
    known.add(id)
    return change
  }
  // Deleted, and perhaps created anew outside the scope, before it was looked at.
  return known.delete(id) ? { type: 'deleted', id, cursor } : undefined
}

const scopeOf = async (core: ManagerCore, id: string): Promise<ScopeId | undefined> => {
  try {
    return (await core.reader.fetchIfThere(id, 'watch', {}))?.metadata.scope
  } catch (error) {
    // A damaged record shows its scope to nobody.
    if (HoldfastError.is(error, 'DATA_LOSS')) return undefined
    throw error
  }
}
