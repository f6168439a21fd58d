import { setImmediate as turn } from 'node:timers/promises'
import { createSeededRandom } from '@holdfast/testkit'

/** Decides in which order the requests of several processes arrive. */
export interface RequestOrder {
  /** Holds a request until it is its turn. */
  arrive(): Promise<undefined>
  /** Lets one request after the other arrive until the work is done; answers what came of it. */
  run<T>(work: Promise<T>): Promise<T>
}

/** How many turns of the event loop nothing may happen in before the next request is let through: the SDK takes some to write one. */
const quietTurns = 4

/** Makes a {@link RequestOrder}: whenever every process waits for an answer or has sent a request, one of those goes on. */
export const createRequestOrder = (seed: number): RequestOrder => {
  const random = createSeededRandom(seed)
  const waiting: (() => void)[] = []
  const whenQuiet = async (): Promise<void> => {
    for (let quiet = 0, seen = waiting.length; quiet < quietTurns; quiet++) {
      await turn()
      if (waiting.length !== seen) quiet = 0
      seen = waiting.length
    }
  }
  return {
    arrive: () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(undefined))
      }),
    async run(work) {
      let isDone = false
      const done = work.finally(() => {
        isDone = true
      })
      done.catch(() => {})
      while (!isDone) {
        await whenQuiet()
        waiting.splice(Math.floor(random() * waiting.length), 1)[0]?.()
      }
      return done
    },
  }
}
