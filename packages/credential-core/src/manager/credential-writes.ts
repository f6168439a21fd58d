import { parseScopeId, type ScopeId } from '@holdfast/contracts'
import { requireCapability, type Version } from '@holdfast/contracts/credentials'
import { opaque } from '../kinds/opaque.ts'
import type { CredentialDescription } from './credential.ts'
import type {
  CredentialCallOptions,
  CredentialTarget,
  DeleteCredentialOptions,
  StoreCredentialOptions,
  UpdateCredentialOptions,
} from './credential-manager.ts'
import type { Draft, Written } from './credential-writer.ts'
import { deleteCredential } from './delete-credential.ts'
import type { ManagerCore } from './manager-core.ts'
import { earlierExpiry, readAttributes } from './read-attributes.ts'
import { readTarget } from './read-target.ts'
import { chooseKind, readValue, requireKind } from './read-value.ts'
import { assertWithinScope, narrowScope } from './scope-boundary.ts'
import { alreadyExists, conflictingPolicies, nothingToChange, scopeImmutable } from './write-errors.ts'

/** The changing calls of a manager or view; the `…Within` ones are parts of an operation that is already running. */
export interface CredentialWrites {
  storeWithin(target: CredentialTarget, value: unknown, options: StoreCredentialOptions): Promise<CredentialDescription>
  updateWithin(
    target: CredentialTarget,
    value: unknown,
    options: UpdateCredentialOptions,
  ): Promise<CredentialDescription>
  deleteWithin(target: CredentialTarget, options: DeleteCredentialOptions): Promise<{ readonly deleted: boolean }>
  rollbackWithin(
    target: CredentialTarget,
    version: Version,
    options: CredentialCallOptions,
  ): Promise<CredentialDescription>
}

/** Makes the {@link CredentialWrites} of a view bound to `boundary`. */
export const createWrites = (core: ManagerCore, boundary: ScopeId | undefined): CredentialWrites => {
  const { storage, reader, writer, kinds, audit } = core

  const announce = (
    operation: string,
    { description, created }: Written,
    options: CredentialCallOptions,
  ): CredentialDescription => {
    const { id, version, metadata } = description
    core.logger.info(
      { credentialId: id, version, operation, kind: metadata.kind, scope: metadata.scope },
      'credential stored',
    )
    audit.hub.emit('credential.stored', () => ({
      ...audit.stamp(options.context),
      id,
      kind: metadata.kind,
      version,
      created,
      ...(metadata.scope === undefined ? {} : { scope: metadata.scope }),
    }))
    return description
  }

  return {
    async storeWithin(target, given, options) {
      const operation = 'store'
      const { id, kind: referenceKind } = readTarget(target, operation)
      const { context, ifVersion, signal, deadline } = options
      const kind = chooseKind(referenceKind, options.kind, kinds, operation) ?? opaque.definition
      const { value, expiresAt: derived } = readValue(given, kind, id, operation)
      const { tags = {}, expiresAt } = readAttributes(options, operation)
      const scope = options.scope === undefined ? undefined : parseScopeId(options.scope)
      if (ifVersion !== undefined && options.onDuplicate !== undefined) throw conflictingPolicies(id, operation)
      const refuses = ifVersion === undefined && (options.onDuplicate ?? core.onDuplicate) === 'refuse'
      const allowed = narrowScope(boundary, context, id, operation, audit)
      const written = await writer.write(id, {
        operation,
        signal,
        deadline,
        ifVersion: refuses ? null : ifVersion,
        canSkipRead: allowed === undefined,
        onConflict: refuses ? () => alreadyExists(id, operation) : undefined,
        draft(present): Draft {
          if (present !== undefined) {
            assertWithinScope(present.metadata.scope, allowed, id, operation, context, audit)
            if (refuses) throw alreadyExists(id, operation)
          }
          const effective = present === undefined ? (scope ?? allowed) : present.metadata.scope
          if (present === undefined) assertWithinScope(effective, allowed, id, operation, context, audit)
          else if (scope !== undefined && scope !== effective) throw scopeImmutable(id, operation)
          return { kind: kind.name, value, scope: effective, tags, expiresAt: earlierExpiry(expiresAt, derived) }
        },
      })
      return announce(operation, written, options)
    },

    async updateWithin(target, given, options) {
      const operation = 'update'
      const { id, kind: referenceKind } = readTarget(target, operation)
      const { context, ifVersion, signal, deadline } = options
      const chosen = chooseKind(referenceKind, options.kind, kinds, operation)
      const { tags, expiresAt } = readAttributes(options, operation)
      const allowed = narrowScope(boundary, context, id, operation, audit)
      const written = await writer.write(id, {
        operation,
        signal,
        deadline,
        ifVersion,
        canSkipRead: false,
        draft(present): Draft {
          if (present === undefined)
            throw nothingToChange(id, operation, 'Store it first: update only replaces what is there.')
          assertWithinScope(present.metadata.scope, allowed, id, operation, context, audit)
          const kind = chosen ?? requireKind(kinds, present.kind, operation)
          const { value, expiresAt: derived } = readValue(given, kind, id, operation)
          const { scope } = present.metadata
          return {
            kind: kind.name,
            value,
            scope,
            tags: tags ?? present.metadata.tags,
            expiresAt: earlierExpiry(expiresAt, derived),
          }
        },
      })
      return announce(operation, written, options)
    },

    async deleteWithin(target, options) {
      const operation = 'delete'
      const { id } = readTarget(target, operation)
      const { context } = options
      const allowed = narrowScope(boundary, context, id, operation, audit)
      const deleted = await deleteCredential(core, id, allowed, options)
      core.logger.info({ credentialId: id, deleted }, 'credential deleted')
      audit.hub.emit('credential.deleted', () => ({ ...audit.stamp(context), id, deleted }))
      return { deleted }
    },

    async rollbackWithin(target, version, options) {
      const operation = 'rollback'
      const { id } = readTarget(target, operation)
      const { context, signal, deadline } = options
      const versioned = requireCapability(storage, 'versions', 'credential-core', operation)
      const allowed = narrowScope(boundary, context, id, operation, audit)
      const earlier = await reader.fetch(id, operation, { version, signal, deadline })
      assertWithinScope(earlier.metadata.scope, allowed, id, operation, context, audit)
      const { metadata } = earlier
      const currentVersion = async (): Promise<Version | undefined> =>
        (await versioned.history(id, { signal, deadline })).find(({ isCurrent }) => isCurrent)?.version
      const { description } = await writer.write(id, {
        operation,
        signal,
        deadline,
        ifVersion: undefined,
        canSkipRead: false,
        // Under a scope what is damaged is left alone: it can no longer be held against it.
        versionOfDamaged: allowed === undefined ? currentVersion : undefined,
        draft(present, isDamaged): Draft {
          if (present === undefined && !isDamaged)
            throw nothingToChange(id, operation, 'It is deleted: recover it first.')
          if (present !== undefined && present.metadata.scope !== metadata.scope) throw scopeImmutable(id, operation)
          const { kind, scope, tags, expiresAt } = metadata
          return { kind, value: earlier.value.reveal(), scope, tags, expiresAt, follows: metadata }
        },
      })
      core.logger.info(
        { credentialId: id, version: description.version, restoredVersion: version },
        'credential rolled back',
      )
      audit.hub.emit('credential.rolled-back', () => ({
        ...audit.stamp(context),
        id,
        version: description.version,
        restoredVersion: version,
        ...(metadata.scope === undefined ? {} : { scope: metadata.scope }),
      }))
      return description
    },
  }
}
