import { type Clock, toTimestamp } from '@holdfast/contracts'
import type { LeaseReport, ResourceInstance } from '@holdfast/contracts/resources'
import type { CoarseClock } from './coarse-clock.ts'
import type { Slot } from './slot.ts'

/** What the pool knows of a resource, for people: ids, times and counts. */
export const describeSlot = <T>(slot: Slot<T>, clock: CoarseClock, wall: Clock): ResourceInstance => {
  const { id, state, uses, epoch, createdAt, since } = slot
  const now = clock.exact()
  const at = (point: number): string => toTimestamp(wall.wallNow() - (now - point))
  return {
    id,
    state,
    createdAt: at(createdAt),
    ...(uses === 0 ? {} : { lastUsedAt: at(since) }),
    uses,
    epoch,
    ...(state === 'leased' ? { lease: describeLease(slot, now) } : {}),
  }
}

/** Who has the resource, for how long, and from where. */
export const describeLease = <T>(slot: Slot<T>, now: number): LeaseReport => {
  const { tenant, site, since } = slot
  return {
    id: slot.id,
    heldMs: Math.max(0, Math.round(now - since)),
    ...(tenant === undefined ? {} : { tenant }),
    ...(site === undefined ? {} : { site: site.toString() }),
  }
}
