import { type ScopeId, throwIfAborted } from '@holdfast/contracts'
import type { CredentialSummary } from '@holdfast/contracts/credentials'
import type { ListCredentialsOptions } from './credential-manager.ts'
import { type ManagerCore, observedStream } from './manager-core.ts'
import { isReservedId } from './reserved-ids.ts'
import { isWithinScope, narrowScope } from './scope-boundary.ts'

/** Lists what a view may see: what belongs to Holdfast itself and what lies outside the scope is left out. */
export const listCredentials = async function* (
  core: ManagerCore,
  boundary: ScopeId | undefined,
  options: ListCredentialsOptions,
  operation: string,
): AsyncGenerator<CredentialSummary> {
  const { context, include = 'metadata', prefix, scope, tags, signal, deadline } = options
  core.closer.throwIfClosed(operation)
  const allowed = narrowScope(boundary, context, prefix ?? '', operation, core.audit)
  const narrowed =
    scope === undefined ? allowed : narrowScope(allowed, { ...context, scope }, prefix ?? '', operation, core.audit)
  const stream = async function* (): AsyncGenerator<CredentialSummary> {
    // Under a scope the storage's filter is not taken on trust, and only the header tells the scope.
    const asked = narrowed === undefined ? include : 'metadata'
    for await (const summary of core.storage.list({
      prefix,
      scope: narrowed,
      tags,
      include: asked,
      signal,
      deadline,
    })) {
      throwIfAborted(signal, { source: 'credential-core', operation })
      if (isReservedId(summary.id)) continue
      if (narrowed !== undefined && !isWithinScope(summary.metadata?.scope, narrowed)) continue
      yield include === 'id' ? { id: summary.id } : summary
    }
  }
  yield* observedStream(core, operation, context, stream)
}
