import type { Slot } from './slot.ts'
import { SlotPerformance } from './slot-performance.ts'

/**
 * Which idle resource is next when the better ones are to get more of the work: smooth weighted round robin (as in nginx) over
 * those that are idle, where a resource's weight is how fast and how often it has succeeded lately beside the best one.
 */
export const chooseAdaptively = <T>(idle: Iterable<Slot<T>>): Slot<T> | undefined => {
  let bestCostMs = Number.POSITIVE_INFINITY
  for (const slot of idle) {
    slot.performance ??= new SlotPerformance()
    bestCostMs = Math.min(bestCostMs, slot.performance.costMs)
  }
  let chosen: Slot<T> | undefined
  let greatest = Number.NEGATIVE_INFINITY
  let total = 0
  for (const slot of idle) {
    const { performance } = slot
    if (performance === undefined) continue
    const weight = performance.weight(bestCostMs)
    total += weight
    performance.credit += weight
    if (performance.credit > greatest) {
      greatest = performance.credit
      chosen = slot
    }
  }
  if (chosen?.performance !== undefined) chosen.performance.credit -= total
  return chosen
}
