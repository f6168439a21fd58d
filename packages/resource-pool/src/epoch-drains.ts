import type { Clock, Timer } from '@holdfast/contracts'
import type { LeaseReport } from '@holdfast/contracts/resources'

/** What {@link EpochDrains} asks of its pool. */
export interface EpochDrainsHost {
  readonly clock: Clock
  /** Whether something is left that was begun before the epoch. */
  hasBefore(epoch: number): boolean
  /** Takes the leases away that were given out before the epoch; answers them. */
  revokeBefore(epoch: number): readonly LeaseReport[]
  onDrained(epoch: number, drainMs: number, forced: readonly LeaseReport[]): void
}

/** The end of all that was made before an epoch. */
interface Drain {
  readonly startedAt: number
  forced: readonly LeaseReport[]
  timer: Timer | undefined
}

/** Epochs whose predecessors have not ended yet: takes away the leases that stay out for too long, and tells when nothing is left. */
export class EpochDrains {
  readonly #host: EpochDrainsHost
  readonly #drains = new Map<number, Drain>()

  constructor(host: EpochDrainsHost) {
    this.#host = host
  }

  /** Follows what was made before `epoch`, for `maxDrainMs` at most. */
  begin(epoch: number, maxDrainMs: number): void {
    const { clock } = this.#host
    const drain: Drain = { startedAt: clock.monotonicNow(), forced: [], timer: undefined }
    this.#drains.set(epoch, drain)
    this.check()
    if (!this.#drains.has(epoch) || maxDrainMs === Number.POSITIVE_INFINITY) return
    drain.timer = clock.setTimer(() => {
      drain.forced = this.#host.revokeBefore(epoch)
      this.check()
    }, maxDrainMs)
  }

  /** Tells of those that have ended. */
  check(): void {
    for (const [epoch, { startedAt, timer, forced }] of this.#drains) {
      if (this.#host.hasBefore(epoch)) continue
      timer?.cancel()
      this.#drains.delete(epoch)
      this.#host.onDrained(epoch, this.#host.clock.monotonicNow() - startedAt, forced)
    }
  }

  /** Follows none any more. */
  stop(): void {
    for (const { timer } of this.#drains.values()) timer?.cancel()
    this.#drains.clear()
  }
}
