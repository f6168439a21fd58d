/** What a rotation has done. */
export interface RotationOutcome {
  /** The epoch of the pool that new leases belong to. */
  readonly epoch: number
  /** Versions before and after, by the names of the credentials. */
  readonly from: Readonly<Record<string, string>>
  readonly to: Readonly<Record<string, string>>
  /** False when the sources had nothing new and it was not asked for by hand. */
  readonly isChanged: boolean
}
