import type { Clock, Timer } from '@holdfast/contracts'
import { startTimeoutError } from './manager-errors.ts'

/** How long the start of one resource may take: as long as that of all, or as long as anybody would wait for it. */
export class StartLimit {
  readonly deadline: number
  readonly #controller = new AbortController()
  readonly #timer: Timer | undefined
  readonly #all: AbortSignal
  readonly #onAbort = (): void => this.#controller.abort(this.#all.reason)

  constructor(clock: Clock, all: AbortSignal, deadline: number, name: string, patienceMs: number) {
    const own = clock.monotonicNow() + patienceMs
    this.deadline = Math.min(deadline, own)
    this.#all = all
    all.addEventListener('abort', this.#onAbort, { once: true })
    if (all.aborted) this.#onAbort()
    if (own >= deadline) return
    const onTimeout = (): void => this.#controller.abort(startTimeoutError(patienceMs, [`${name} is starting`]))
    this.#timer = clock.setTimer(onTimeout, patienceMs, { keepAlive: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  end(): void {
    this.#timer?.cancel()
    this.#all.removeEventListener('abort', this.#onAbort)
  }
}
