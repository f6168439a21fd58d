/** A read that has not ended. */
interface Read<R> {
  readonly promise: Promise<R>
  /** Which change was the last when it began. */
  readonly generation: number
}

/**
 * Reads one at a time, each for as many as want it: those who come before it begins share it, those who come later share the
 * next. Reads begin when the turn of the event loop's microtasks comes, so that those who come at the same time find the same.
 */
export class ReadLane<R> {
  readonly #read: (generation: number) => Promise<R>
  readonly #generation: () => number
  #running: Read<R> | undefined
  #next: Promise<R> | undefined

  /** `generation` changes whenever what was read before may be old. */
  constructor(read: (generation: number) => Promise<R>, generation: () => number) {
    this.#read = read
    this.#generation = generation
  }

  /** Whether a read will end whose answer is not older than the last change. */
  get isBusy(): boolean {
    return this.#next !== undefined || this.#isCurrent(this.#running)
  }

  /** `mayBeRunning`: whether the answer may come from a read that has begun already, if nothing has changed since. */
  join(mayBeRunning: boolean): Promise<R> {
    if (mayBeRunning && this.#isCurrent(this.#running)) return this.#running.promise
    this.#next ??= this.#begin()
    return this.#next
  }

  #isCurrent(read: Read<R> | undefined): read is Read<R> {
    return read?.generation === this.#generation()
  }

  async #begin(): Promise<R> {
    const before = this.#running?.promise
    await (before === undefined ? undefined : before.catch(() => {}))
    const generation = this.#generation()
    const promise = this.#read(generation)
    const read = { promise, generation }
    this.#running = read
    this.#next = undefined
    try {
      return await promise
    } finally {
      if (this.#running === read) this.#running = undefined
    }
  }
}
