import type { Clock, Timer } from '@holdfast/contracts'

/** Something with a deadline. The links belong to the wheel. */
export interface WheelEntry {
  /** Finite. */
  readonly deadline: number
  /** Called once when the deadline has passed, unless the entry was removed. */
  onExpired(): void
  previous: WheelEntry | undefined
  next: WheelEntry | undefined
  /** Slot it is in; -1: in none. */
  slot: number
}

/** Width of a slot in milliseconds: how late a deadline may be noticed at most, beside what the timer itself is late. */
const tickMs = 10
/** Slots of the wheel, a power of two: with 10 ms each, one turn takes 10.24 s. Later deadlines stay for another turn. */
const slotCount = 1024

/**
 * Any number of deadlines on one timer: a hashed timing wheel (Varghese and Lauck 1987, scheme 6). Adding and removing take
 * the same time however many there are. The timer is armed only while something is in it, and once more at most.
 */
export class DeadlineWheel {
  readonly #clock: Clock
  readonly #slots: (WheelEntry | undefined)[] = new Array(slotCount).fill(undefined)
  #size = 0
  #timer: Timer | undefined
  #armedTick = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#size
  }

  add(entry: WheelEntry): void {
    const tick = Math.ceil(entry.deadline / tickMs)
    const slot = tick & (slotCount - 1)
    const first = this.#slots[slot]
    entry.slot = slot
    entry.next = first
    if (first !== undefined) first.previous = entry
    this.#slots[slot] = entry
    this.#size += 1
    if (tick < this.#armedTick) this.#arm(tick)
  }

  /** Does nothing for an entry that has expired or was removed. */
  remove(entry: WheelEntry): void {
    if (entry.slot === -1) return
    if (entry.previous !== undefined) entry.previous.next = entry.next
    else this.#slots[entry.slot] = entry.next
    if (entry.next !== undefined) entry.next.previous = entry.previous
    entry.previous = undefined
    entry.next = undefined
    entry.slot = -1
    this.#size -= 1
  }

  #arm(tick: number): void {
    this.#timer?.cancel()
    this.#armedTick = tick
    this.#timer = this.#clock.setTimer(() => this.#turn(), Math.max(0, tick * tickMs - this.#clock.monotonicNow()))
  }

  /** Expires what is due in the slots since the armed one, which no deadline lies before, and arms the timer for the next slot that holds something. */
  #turn(): void {
    const from = this.#armedTick
    this.#timer = undefined
    this.#armedTick = Number.POSITIVE_INFINITY
    if (this.#size === 0) return
    const now = this.#clock.monotonicNow()
    const to = Math.floor(now / tickMs)
    const due: WheelEntry[] = []
    for (let tick = Math.max(from, to - slotCount + 1); tick <= to; tick++) {
      for (let entry = this.#slots[tick & (slotCount - 1)]; entry !== undefined; ) {
        const { next } = entry
        if (entry.deadline <= now) {
          this.remove(entry)
          due.push(entry)
        }
        entry = next
      }
    }
    // A timer that is early by a clock that jumped back finds nothing and waits again.
    this.#armNext(Math.max(from, to + 1))
    for (const entry of due) entry.onExpired()
  }

  #armNext(from: number): void {
    if (this.#size === 0) return
    let tick = from
    while (this.#slots[tick & (slotCount - 1)] === undefined) tick += 1
    this.#arm(tick)
  }
}
