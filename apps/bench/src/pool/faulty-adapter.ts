import { setTimeout as delay } from 'node:timers/promises'
import type { ResourceAdapter } from '@holdfast/contracts/resources'

/** A resource that notices when it is shared, or touched after its end. */
export interface WatchedResource {
  readonly number: number
  holders: number
  destroys: number
}

/** An adapter with random faults, and what it saw. */
export interface FaultyAdapter extends ResourceAdapter<WatchedResource> {
  /** Resources that were made and not destroyed yet. */
  readonly live: ReadonlySet<WatchedResource>
  readonly made: number
  readonly doubleDestroys: number
  /** Whether every create fails, as when the server is down. */
  isDown: boolean
}

/** Makes creates, checks, resets and destroys that take up to 3 ms and sometimes fail, throw at once, hang or come late. */
export const createFaultyAdapter = (random: () => number): FaultyAdapter => {
  const live = new Set<WatchedResource>()
  let made = 0
  let doubleDestroys = 0

  const play = async <R>(answer: () => R, faultShare: number): Promise<R> => {
    const dice = random()
    if (dice < faultShare * 0.2) await new Promise(() => {})
    if (dice < faultShare * 0.4) await delay(400)
    else if (random() < 0.5) await delay(random() * 3)
    if (dice >= faultShare * 0.4 && dice < faultShare) throw new Error('a fault')
    return answer()
  }
  return {
    name: 'faulty',
    live,
    get made() {
      return made
    },
    get doubleDestroys() {
      return doubleDestroys
    },
    isDown: false,
    create() {
      if (this.isDown || random() < 0.01) throw new Error('refused at once')
      return play(() => {
        const resource = { number: ++made, holders: 0, destroys: 0 }
        live.add(resource)
        return resource
      }, 0.05)
    },
    validate: () => play(() => random() > 0.02, 0.02),
    reset: () => play(() => {}, 0.01),
    destroy(resource) {
      resource.destroys += 1
      if (resource.destroys > 1) doubleDestroys += 1
      live.delete(resource)
      return play(() => {}, 0.05)
    },
    isBroken: (error) => error instanceof Error && error.message === 'broken',
  }
}
