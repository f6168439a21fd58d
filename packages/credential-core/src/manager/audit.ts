import {
  createEventHub,
  type ErrorCode,
  type EventHub,
  eventChannel,
  type Logger,
  type ScopeId,
  silentLogger,
} from '@holdfast/contracts'
import type { CredentialContext, Version } from '@holdfast/contracts/credentials'

/** What every audit event says. Never a value. */
export interface AuditEvent {
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string
  /** Who or what asked, as the call's context says. */
  readonly actor?: string
  readonly tenant?: string
}

/** Something happened to one credential. */
export interface CredentialEvent extends AuditEvent {
  readonly id: string
  readonly scope?: ScopeId
}

/** What the manager tells, by name. */
export interface CredentialEvents {
  'credential.stored': CredentialEvent & { readonly kind: string; readonly version: Version; readonly created: boolean }
  'credential.retrieved': CredentialEvent & {
    readonly kind: string
    readonly version: Version
    readonly cached: boolean
  }
  'credential.deleted': CredentialEvent & { readonly deleted: boolean }
  'credential.rolled-back': CredentialEvent & { readonly version: Version; readonly restoredVersion: Version }
  'credential.recovered': CredentialEvent & { readonly version: Version }
  'credential.purged': CredentialEvent & { readonly purged: boolean }
  'credential.repaired': CredentialEvent & { readonly quarantined: number }
  'credential.validated': CredentialEvent & { readonly status: string; readonly rotationRecommended: boolean }
  /** A call reached outside its scope and was refused. Says nothing of the record. */
  'scope.violated': AuditEvent & { readonly id: string; readonly operation: string; readonly allowedScope: ScopeId }
  /** An operation on one credential failed for another reason. */
  'credential.failed': AuditEvent & { readonly id: string; readonly operation: string; readonly code: ErrorCode }
  /** The cache threw and was bypassed. */
  'cache.failed': AuditEvent & { readonly operation: string; readonly error: string }
  'batch.completed': AuditEvent & { readonly operation: string; readonly succeeded: number; readonly failed: number }
}

/** Where a manager's events and log lines go. */
export interface Audit {
  readonly hub: EventHub<CredentialEvents>
  readonly logger: Logger
  /** False while nobody has ever listened to retrievals and nothing is logged, so that a cache hit can skip both. */
  hearsRetrievals(): boolean
  /** The fields common to all events of a call. */
  stamp(context: CredentialContext | undefined): AuditEvent
}

/** The package, as agents find its events: `holdfast.credential-core.credential.stored`. */
const source = 'credential-core'

/** Makes the {@link Audit} of one manager. */
export const createAudit = (logger: Logger, timestamp: () => string): Audit => {
  const hub = createEventHub<CredentialEvents>(logger, source)
  const retrievals = eventChannel(source, 'credential.retrieved')
  let heard = logger !== silentLogger
  return {
    hub: {
      ...hub,
      on(name, listener, options) {
        heard ||= name === 'credential.retrieved'
        return hub.on(name, listener, options)
      },
      events(name, options) {
        heard ||= name === 'credential.retrieved'
        return hub.events(name, options)
      },
    },
    logger,
    hearsRetrievals: () => heard || retrievals.hasSubscribers,
    stamp: (context) => ({
      at: timestamp(),
      ...(context?.actor === undefined ? {} : { actor: context.actor }),
      ...(context?.tenant === undefined ? {} : { tenant: context.tenant }),
    }),
  }
}
