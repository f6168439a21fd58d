import type { CreateSubjectPool } from './pool-subject.ts'

/** The least that hands something out through a promise: a resolved one for what is free. */
export const createPromiseFloor: CreateSubjectPool = ({ maxSize }) => {
  const free: object[] = Array.from({ length: maxSize }, () => ({}))
  return {
    acquire: () => Promise.resolve(free.pop()),
    release: (held) => {
      // It came from the list.
      free.push(held as object)
    },
    close: () => {},
  }
}

/** Places of the ring: as many as callers wait at most, a power of two. */
const places = 1024

/** The least that makes callers wait in order: a ring of the functions that resolve their promises. */
export const createRingFloor: CreateSubjectPool = ({ maxSize }) => {
  type Resolve = (held: unknown) => void
  const free: unknown[] = Array.from({ length: maxSize }, () => ({}))
  const ring: (Resolve | undefined)[] = new Array(places).fill(undefined)
  let first = 0
  let waiting = 0
  return {
    acquire: () =>
      waiting === 0 && free.length > 0
        ? Promise.resolve(free.pop())
        : new Promise((resolve) => {
            ring[(first + waiting) & (places - 1)] = resolve
            waiting += 1
          }),
    release: (held) => {
      const resolve = ring[first]
      if (waiting === 0 || resolve === undefined) {
        free.push(held)
        return
      }
      ring[first] = undefined
      first = (first + 1) & (places - 1)
      waiting -= 1
      resolve(held)
    },
    close: () => {},
  }
}

/** The least that hands something out at once: a list of what is free. */
export class FreeList {
  readonly #free: object[] = [{}]

  take(): object | undefined {
    return this.#free.pop()
  }

  give(held: object): void {
    this.#free.push(held)
  }
}
