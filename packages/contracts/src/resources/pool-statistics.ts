/** Why a pool ended a resource. */
export type DestroyCause =
  /** It was unused for too long. */
  | 'idle'
  /** It was too old, or its credentials have expired. */
  | 'lifetime'
  /** It had been leased `maxUses` times. */
  | 'uses'
  /** `validate` said no, rejected, or was not done in time. */
  | 'invalid'
  /** `reset` rejected or was not done in time. */
  | 'reset-failed'
  /** Its user destroyed the lease, or `use` saw an error that breaks it. */
  | 'broken'
  /** Its lease was out for too long and was taken back. */
  | 'leaked'
  /** The pool was made smaller, or does not need it any more. */
  | 'surplus'
  /** `retain` said no. */
  | 'not-retained'
  /** It was made in an earlier epoch. */
  | 'epoch'
  /** The pool was closed. */
  | 'closed'
  /** It came after its create had been given up. */
  | 'late'
  /** It was last used for another tenant than the one that needed a resource, and the pool keeps tenants apart. */
  | 'tenant'

/** How durations were distributed. */
export interface DurationStatistics {
  readonly count: number
  readonly totalMs: number
  readonly maxMs: number
  /** How many took no longer than each bound, the last of which is Infinity. Bounds double: exact to a factor of two. */
  readonly buckets: readonly { readonly atMostMs: number; readonly count: number }[]
  /** Upper bound of the bucket in which the middle, and 99 of 100, lie; never more than `maxMs`. 0 before the first. */
  readonly p50Ms: number
  readonly p99Ms: number
}

/** How large a pool should be, going by what it saw. */
export interface SizeRecommendation {
  readonly size: number
  /** Why, for a person. */
  readonly reason: string
}

/** How a pool is doing. Counts are since it was made. */
export interface PoolStatistics {
  readonly state: 'open' | 'draining' | 'closed'
  readonly epoch: number
  readonly minSize: number
  readonly maxSize: number
  readonly minIdle: number
  /** Resources there are, also those being validated, reset and destroyed, without those being created. With `creating` never more than `maxSize`, except while it shrinks. */
  readonly size: number
  readonly idle: number
  readonly leased: number
  readonly creating: number
  readonly validating: number
  readonly resetting: number
  readonly destroying: number
  /** Callers that wait. */
  readonly waiting: number
  /** `leased / maxSize`, 0 when there may be none. */
  readonly utilisation: number
  readonly peakLeased: number
  readonly peakWaiting: number
  /** How long the oldest lease that is out has been held; 0 when none is. */
  readonly oldestLeaseMs: number
  /** Leases given out. */
  readonly acquisitions: number
  /** Of these, how many did not wait at all. */
  readonly immediate: number
  readonly timeouts: number
  readonly cancellations: number
  /** Callers turned away because the queue was full. */
  readonly exhaustions: number
  readonly creates: number
  readonly createFailures: number
  /** Code of the last failed create since one succeeded. */
  readonly lastCreateErrorCode?: string
  readonly destroys: Readonly<Record<DestroyCause, number>>
  /** Destroys that rejected or were not done in time. */
  readonly destroyFailures: number
  /** Leases found to be out for longer than `leakDetectionMs`. */
  readonly leaks: number
  /** Leases of earlier epochs that were taken away after `maxDrainMs`. */
  readonly revocations: number
  /** Of the acquisitions that waited. */
  readonly waitTime: DurationStatistics
  readonly createTime: DurationStatistics
  /** How long ended leases were held. Whole milliseconds. */
  readonly holdTime: DurationStatistics
  readonly recommended: SizeRecommendation
}
