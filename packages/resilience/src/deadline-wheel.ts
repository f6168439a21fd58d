import type { Clock, Timer } from '@holdfast/contracts'

/** Something with a deadline. The links belong to the wheel. */
export interface WheelEntry {
  readonly deadline: number
  /** Called once when the deadline has passed, unless the entry was removed. */
  onExpired(): void
  previous: WheelEntry | undefined
  next: WheelEntry | undefined
  /** Slot it is in; -1: in none. */
  slot: number
}

/** Any number of deadlines on one timer. Adding and removing take the same time however many there are. */
export interface DeadlineWheel {
  add(entry: WheelEntry): void
  /** Does nothing for an entry that has expired or was removed. */
  remove(entry: WheelEntry): void
  readonly size: number
}

/** Width of a slot in milliseconds: how late a deadline may be noticed at most, beside what the timer itself is late. */
const tickMs = 10
/** Slots of the wheel, a power of two: with 10 ms each, one turn takes 10.24 s. Later deadlines stay for another turn. */
const slotCount = 1024

/** Makes a hashed timing wheel (Varghese and Lauck 1987, scheme 6). Its timer is armed only while something is in it, and once more at most. */
export const createDeadlineWheel = (clock: Clock): DeadlineWheel => {
  const slots: (WheelEntry | undefined)[] = new Array(slotCount).fill(undefined)
  let size = 0
  let timer: Timer | undefined
  let armedTick = Number.POSITIVE_INFINITY

  const unlink = (entry: WheelEntry): void => {
    if (entry.previous !== undefined) entry.previous.next = entry.next
    else slots[entry.slot] = entry.next
    if (entry.next !== undefined) entry.next.previous = entry.previous
    entry.previous = undefined
    entry.next = undefined
    entry.slot = -1
    size -= 1
  }

  const arm = (tick: number): void => {
    timer?.cancel()
    armedTick = tick
    timer = clock.setTimer(turn, Math.max(0, tick * tickMs - clock.monotonicNow()))
  }

  /** Expires what is due in the slots since the armed one, which no deadline lies before, and arms the timer for the next slot that holds something. */
  const turn = (): void => {
    const from = armedTick
    timer = undefined
    armedTick = Number.POSITIVE_INFINITY
    if (size === 0) return
    const now = clock.monotonicNow()
    const to = Math.floor(now / tickMs)
    const due: WheelEntry[] = []
    for (let tick = Math.max(from, to - slotCount + 1); tick <= to; tick++) {
      for (let entry = slots[tick & (slotCount - 1)]; entry !== undefined; ) {
        const { next } = entry
        if (entry.deadline <= now) {
          unlink(entry)
          due.push(entry)
        }
        entry = next
      }
    }
    // A timer that is early by a clock that jumped back finds nothing and waits again.
    armNext(Math.max(from, to + 1))
    for (const entry of due) entry.onExpired()
  }

  const armNext = (from: number): void => {
    if (size === 0) return
    let tick = from
    while (slots[tick & (slotCount - 1)] === undefined) tick += 1
    arm(tick)
  }

  return {
    add(entry) {
      if (entry.deadline === Number.POSITIVE_INFINITY) return
      const tick = Math.ceil(entry.deadline / tickMs)
      const slot = tick & (slotCount - 1)
      const first = slots[slot]
      entry.slot = slot
      entry.next = first
      if (first !== undefined) first.previous = entry
      slots[slot] = entry
      size += 1
      if (tick < armedTick) arm(tick)
    },
    remove(entry) {
      if (entry.slot !== -1) unlink(entry)
    },
    get size() {
      return size
    },
  }
}
