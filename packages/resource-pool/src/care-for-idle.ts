import type { DestroyCause } from '@holdfast/contracts/resources'
import type { PoolSettings } from './create-pool-options.ts'
import type { Slot } from './slot.ts'
import type { Stock } from './stock.ts'

type Times = Pick<PoolSettings, 'idleTimeoutMs' | 'keepAliveMs'>

/**
 * Ends idle resources that are too old or not needed, has those validated that were quiet for long, and sees to it that there
 * are as many as there should be. Answers when the next is due.
 */
export const careForIdle = <T>(stock: Stock<T>, times: Times, now: number): number => {
  for (const [slot, cause] of extractEnding(stock, times, now)) stock.retire(slot, cause)
  for (const slot of extractQuiet(stock, times, now)) stock.validate(slot)
  stock.supply()
  return nextDue(stock, times)
}

const extractEnding = <T>(stock: Stock<T>, { idleTimeoutMs }: Times, now: number): Map<Slot<T>, DestroyCause> => {
  const ending = new Map<Slot<T>, DestroyCause>()
  const { live, minSize, minIdle, idle, idleCount } = stock
  idle.extract((slot) => {
    const isSpare = live - ending.size > minSize && idleCount - ending.size > minIdle
    if (now >= slot.retireAt) ending.set(slot, slot.doom ?? 'lifetime')
    else if (isSpare && now - slot.since >= idleTimeoutMs) ending.set(slot, 'idle')
    return ending.has(slot)
  })
  return ending
}

/** Never more than half of the idle ones at once, so that who comes meanwhile finds one. */
const extractQuiet = <T>(stock: Stock<T>, { keepAliveMs }: Times, now: number): readonly Slot<T>[] => {
  if (!stock.calls.canValidate) return []
  let remaining = Math.ceil(stock.idleCount / 2)
  return stock.idle.extract(({ goodAt, since }) => now - Math.max(goodAt, since) >= keepAliveMs && remaining-- > 0)
}

const nextDue = <T>(stock: Stock<T>, times: Times): number => {
  const hasSpare = stock.live > stock.minSize && stock.idleCount > stock.minIdle
  const keepAliveMs = stock.calls.canValidate ? times.keepAliveMs : Number.POSITIVE_INFINITY
  let due = Number.POSITIVE_INFINITY
  for (const { retireAt, since, goodAt } of stock.idle) {
    due = Math.min(due, retireAt, Math.max(goodAt, since) + keepAliveMs)
    if (hasSpare) due = Math.min(due, since + times.idleTimeoutMs)
  }
  return due
}
