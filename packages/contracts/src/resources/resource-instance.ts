/**
 * What a pool is doing with a resource. `idle`: free to take; `leased`: out; `validating` and `resetting`: being checked or
 * cleaned, so nobody has it; `destroying`: on its way out.
 */
export type ResourceState = 'idle' | 'validating' | 'leased' | 'resetting' | 'destroying' | 'destroyed'

/** What a pool knows of one resource, as it was when it was asked. */
export interface ResourceInstance {
  /** Unique in the process for as long as the name of the pool is: `orders-db#17`. */
  readonly id: string
  readonly state: ResourceState
  /** RFC 3339, UTC. */
  readonly createdAt: string
  /** When a lease of it last began or ended: RFC 3339, UTC; absent when it was never leased. */
  readonly lastUsedAt?: string
  /** How many leases it has had. */
  readonly uses: number
  /** The epoch of the pool's credentials it was made in. */
  readonly epoch: number
  /** Of the lease that is out: for how long, in milliseconds, for whom, and where it was acquired if the pool looks for leaks. */
  readonly lease?: LeaseReport
}

/** A lease that is out, as its pool sees it. */
export interface LeaseReport {
  /** The id of the resource. */
  readonly id: string
  readonly heldMs: number
  readonly tenant?: string
  /** The line of code that acquired it; absent unless the pool records it (`leakDetectionMs`). */
  readonly site?: string
}
