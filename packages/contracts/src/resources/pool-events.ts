import type { ErrorCode } from '../error-code.ts'
import type { ErrorReason } from '../error-reason.ts'
import type { DestroyCause } from './pool-statistics.ts'
import type { LeaseReport } from './resource-instance.ts'

/** What every event of a pool says. */
interface PoolEvent {
  readonly pool: string
  /** RFC 3339, UTC. */
  readonly at: string
}

/** What a pool tells, each after it has happened. */
export interface PoolEvents {
  'resource.created': PoolEvent & { readonly id: string; readonly epoch: number; readonly durationMs: number }
  /** `attempt` counts the failures since a create last succeeded; the next one begins after `delayMs`. */
  'create.failed': PoolEvent & {
    readonly code: ErrorCode
    readonly reason?: ErrorReason
    readonly message: string
    readonly attempt: number
    readonly delayMs: number
  }
  'resource.destroyed': PoolEvent & {
    readonly id: string
    readonly cause: DestroyCause
    readonly uses: number
    readonly ageMs: number
  }
  /** `destroy` rejected or was not done in time; the pool has let go of the resource all the same. */
  'destroy.failed': PoolEvent & { readonly id: string; readonly code: ErrorCode; readonly message: string }
  'lease.acquired': PoolEvent & { readonly id: string; readonly waitedMs: number; readonly tenant?: string }
  'lease.released': PoolEvent & { readonly id: string; readonly heldMs: number; readonly tenant?: string }
  /** Told once for each lease that is out for longer than `leakDetectionMs`, and for each that is forced at close. */
  'lease.leaked': PoolEvent & LeaseReport & { readonly reclaimed: boolean }
  /** A lease of an earlier epoch was out for longer than `maxDrainMs` and was taken away from its user. */
  'lease.revoked': PoolEvent & LeaseReport & { readonly epoch: number }
  /** Somebody did not get a lease. */
  'acquire.failed': PoolEvent & {
    readonly code: ErrorCode
    readonly reason?: ErrorReason
    readonly waitedMs: number
    readonly tenant?: string
  }
  'pool.resized': PoolEvent & { readonly minSize: number; readonly maxSize: number; readonly minIdle: number }
  'epoch.advanced': PoolEvent & { readonly epoch: number }
  /** Nothing is left of the epochs before `epoch`, neither a resource nor a create. `forced` names the leases that were taken away for that. */
  'epoch.drained': PoolEvent & {
    readonly epoch: number
    readonly drainMs: number
    readonly forced: readonly LeaseReport[]
  }
  'pool.drained': PoolEvent
  /** `forced` names the leases that were still out at the deadline. */
  'pool.closed': PoolEvent & { readonly forced: readonly LeaseReport[] }
}
