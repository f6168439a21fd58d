import { abortable, type CallSite } from '@holdfast/contracts'
import { source } from '../pool-errors.ts'

/** Lets one thing happen at a time, in the order of asking. */
export class OperationQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs the work when all that was asked for before it is over. One that is aborted while it waits rejects at once. */
  run<R>(work: () => Promise<R>, signal?: AbortSignal, site: CallSite = queueSite): Promise<R> {
    let hasBegun = false
    const turn = this.#last.then(() => {
      if (signal?.aborted) return undefined
      hasBegun = true
      return undefined
    })
    const outcome = abortable(turn, signal, site).then(() => work())
    // Whoever comes next waits for the turn too: work that was given up before it is none.
    this.#last = turn.then(() => (hasBegun ? outcome : undefined)).catch(() => {})
    return outcome
  }
}

const queueSite: CallSite = { source, operation: 'wait' }
