import { setTimeout as delay } from 'node:timers/promises'

/** How one create goes. */
export type CreateFate =
  | 'works'
  | 'refuses'
  | 'hangs'
  | 'throws'
  | { readonly worksAfterMs: number }
  | { readonly refusesAfterMs: number }

/** What a create that is refused says. */
export const refusal = 'connect ECONNREFUSED, says the server'

/** From then on creates hang, so that a loop that gives nothing else a turn comes to an end. */
export const mostAttempts = 20_000

/** Decides how each create goes, and counts them. */
export class CreateScript {
  readonly #fateOf: (attempt: number) => CreateFate
  attempts = 0
  /** Creates at the same time, at most. */
  peakRunning = 0
  #running = 0

  /** `fateOf` is given the number of the attempt, from 1 on. */
  constructor(fateOf: (attempt: number) => CreateFate) {
    this.#fateOf = fateOf
  }

  /** The fate of one more attempt. */
  next(): CreateFate {
    this.attempts += 1
    return this.attempts > mostAttempts ? 'hangs' : this.#fateOf(this.attempts)
  }

  /** Waits as the fate says, and tells whether the create works. */
  async play(fate: CreateFate): Promise<boolean> {
    this.#running += 1
    this.peakRunning = Math.max(this.peakRunning, this.#running)
    try {
      if (fate === 'hangs') await new Promise(() => {})
      if (typeof fate === 'string') return fate === 'works'
      if ('worksAfterMs' in fate) return await delay(fate.worksAfterMs, true)
      return await delay(fate.refusesAfterMs, false)
    } finally {
      this.#running -= 1
    }
  }

  /** Makes a resource in this process, for pools that can be given any. */
  create(): Promise<object> {
    const fate = this.next()
    if (fate === 'throws') throw new Error('thrown at once')
    return this.#make(fate, this.attempts)
  }

  async #make(fate: CreateFate, attempt: number): Promise<object> {
    if (await this.play(fate)) return { attempt }
    throw new Error(refusal)
  }
}
