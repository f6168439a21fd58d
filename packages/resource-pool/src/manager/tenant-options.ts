/** What one tenant may have of a resource. Infinity: no limit. */
export interface TenantQuota {
  /** Leases at the same time. Default Infinity. */
  readonly maxLeases?: number | undefined
  /** Callers that wait at the same time. Default Infinity. */
  readonly maxWaiting?: number | undefined
  /** Acquires per second, as a token bucket with the room of one second. Default Infinity. */
  readonly acquiresPerSecond?: number | undefined
}

/** Who may use a resource, and how much of it. */
export interface TenantOptions {
  /** `shared`: one pool, in which tenants take turns; `pool`: a pool for each tenant, made when it is first used. Default `shared`. */
  readonly isolation?: 'shared' | 'pool' | undefined
  /** Whether an acquire without a tenant is refused. Default true: that a boundary was forgotten must not go unnoticed. */
  readonly required?: boolean | undefined
  /** Whether a tenant may use it at all. Default: every one. */
  readonly admits?: ((tenant: string) => boolean) | undefined
  /** The quota of each tenant, or of one by its name. Default: no limits. */
  readonly quota?: TenantQuota | ((tenant: string) => TenantQuota) | undefined
  /** Turns that a waiting tenant gets for each turn of one with weight 1: 0.01 to 100. Default: each 1. */
  readonly weight?: ((tenant: string) => number) | undefined
  /** The largest share of the resource that one tenant may hold while others wait: 0 to 1. Default 1. */
  readonly maxShare?: number | undefined
  /** With `isolation: 'pool'`: pools at most; the one that was unused longest is closed for the next. Default 100. */
  readonly maxPools?: number | undefined
}
