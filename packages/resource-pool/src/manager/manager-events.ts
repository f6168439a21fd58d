import type { ErrorCode, HealthStatus } from '@holdfast/contracts'
import type { LeaseReport } from '@holdfast/contracts/resources'
import type { LifecycleState } from './lifecycle-state.ts'

/** Why something happened, one step of the chain: `orders-api` is degraded because `orders-db` was quarantined because … */
export interface TransitionCause {
  /** The resource that this step is about; absent when it is the manager or its caller. */
  readonly resource?: string
  /** For a person; never a secret. */
  readonly reason: string
  readonly code?: ErrorCode
}

/** What every event of a manager says. */
interface ManagerEvent {
  /** RFC 3339, UTC. */
  readonly at: string
}

/** What every event of one resource says. */
interface ResourceEvent extends ManagerEvent {
  readonly resource: string
}

/** What a manager tells, each after it has happened. */
export interface ManagerEvents {
  'resource.registered': ResourceEvent
  /** `causes`: nearest first. */
  'resource.transitioned': ResourceEvent & {
    readonly from: LifecycleState
    readonly to: LifecycleState
    readonly causes: readonly TransitionCause[]
  }
  /** Leases that were still out at the deadline of a stop and were taken away. */
  'leases.forced': ResourceEvent & { readonly leases: readonly LeaseReport[] }
  'manager.transitioned': ManagerEvent & {
    readonly from: ManagerState
    readonly to: ManagerState
    readonly causes: readonly TransitionCause[]
  }
  /** The status that checks agree on has changed; a single check that differs is no change where more are asked for. */
  'health.changed': ResourceEvent & {
    readonly from: HealthStatus | undefined
    readonly to: HealthStatus
    readonly reason?: string
  }
  /** New leases have moved to new credentials. Versions are by the names of the credentials. */
  'credentials.rotated': ResourceEvent & {
    readonly epoch: number
    readonly from: Readonly<Record<string, string>>
    readonly to: Readonly<Record<string, string>>
    readonly durationMs: number
  }
  /** The old ones stay in use. */
  'rotation.failed': ResourceEvent & { readonly code: ErrorCode; readonly message: string; readonly attempt: number }
  /** Nothing of an earlier epoch is left. `forced` leases were taken away after `maxDrainMs`. */
  'rotation.drained': ResourceEvent & { readonly epoch: number; readonly drainMs: number; readonly forced: number }
  /** Who was given what on whose behalf, for an audit. Built only if somebody listens. */
  'tenant.admitted': ResourceEvent & { readonly tenant: string }
  'tenant.refused': ResourceEvent & {
    readonly tenant: string | undefined
    readonly code: ErrorCode
    readonly reason: string
  }
}

/** Where a manager is in its life. */
export type ManagerState = 'created' | 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed'
