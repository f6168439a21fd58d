import type { Timer } from '@holdfast/contracts'
import type { LeaseReport } from '@holdfast/contracts/resources'
import { describeLease } from './describe-slot.ts'
import type { PoolCore } from './pool-core.ts'

/** The end of all that was made before an epoch. */
interface Drain {
  readonly startedAt: number
  readonly forced: LeaseReport[]
  timer: Timer | undefined
}

/** Epochs whose predecessors have not ended yet: takes away the leases that stay out for too long, and tells when nothing is left. */
export class EpochDrains<T> {
  readonly #core: PoolCore<T>
  readonly #drains = new Map<number, Drain>()

  constructor(core: PoolCore<T>) {
    this.#core = core
  }

  /** Follows what was made before `epoch`, for `maxDrainMs` at most. */
  begin(epoch: number, maxDrainMs: number): void {
    const { settings, clock } = this.#core
    const drain: Drain = { startedAt: clock.exact(), forced: [], timer: undefined }
    this.#drains.set(epoch, drain)
    this.check()
    if (!this.#drains.has(epoch) || maxDrainMs === Number.POSITIVE_INFINITY) return
    drain.timer = settings.clock.setTimer(() => this.#force(epoch, drain), maxDrainMs)
  }

  /** Tells of those that have ended. */
  check(): void {
    for (const [epoch, drain] of this.#drains) {
      if (this.#core.stock.hasBefore(epoch)) continue
      drain.timer?.cancel()
      this.#drains.delete(epoch)
      this.#core.reporter.epochDrained(epoch, this.#core.clock.exact() - drain.startedAt, drain.forced)
    }
  }

  stop(): void {
    for (const { timer } of this.#drains.values()) timer?.cancel()
    this.#drains.clear()
  }

  #force(epoch: number, drain: Drain): void {
    const { stock, counts, reporter, clock, name } = this.#core
    const now = clock.exact()
    for (const slot of [...stock.slots]) {
      if (!slot.isLeased || slot.epoch >= epoch) continue
      const report = describeLease(slot, now)
      drain.forced.push(report)
      counts.revocations += 1
      this.#core.revoke(
        slot,
        'epoch',
        `A lease of the pool ${name} was taken away ${report.heldMs} ms after it began: its credentials are old.`,
      )
      reporter.revoked(report, slot.epoch)
    }
    stock.supply()
  }
}
