import type { CachePolicyName } from '../src/cache-options.ts'

/** A policy written as plainly as can be, with lists of keys: what the tests hold the fast ones against. */
export interface PolicyModel {
  added(key: string, weight: number): void
  used(key: string): void
  removed(key: string): void
  victim(count: number): string
  cleared(): void
  /** The key that would be kept longest first. */
  order(): readonly string[]
}

/** Makes the plain form of a policy. */
export const createPolicyModel = (name: CachePolicyName, capacity: number): PolicyModel => {
  switch (name) {
    case 'lru':
      return createLruModel()
    case 'lfu':
      return createLfuModel()
    case 's3-fifo':
      return createS3FifoModel(capacity)
  }
}

const without = (list: readonly string[], key: string): string[] => list.filter((other) => other !== key)

const lastOf = (list: readonly string[]): string => {
  const last = list.at(-1)
  if (last === undefined) throw new Error('The list is empty.')
  return last
}

const createLruModel = (): PolicyModel => {
  let list: string[] = []
  return {
    added: (key) => {
      list = [key, ...list]
    },
    used: (key) => {
      list = [key, ...without(list, key)]
    },
    removed: (key) => {
      list = without(list, key)
    },
    victim: () => lastOf(list),
    cleared: () => {
      list = []
    },
    order: () => list,
  }
}

const createLfuModel = (): PolicyModel => {
  const empty = (): string[][] => Array.from({ length: 16 }, () => [])
  let levels = empty()
  let uses = 0
  const levelOf = (key: string): number => levels.findIndex((list) => list.includes(key))
  const remove = (key: string): void => {
    levels = levels.map((list) => without(list, key))
  }
  return {
    added: (key) => void levels[0]?.unshift(key),
    used(key) {
      const level = levelOf(key)
      if (level < 15) {
        remove(key)
        levels[level + 1]?.unshift(key)
      }
      uses += 1
      if (uses < levels.flat().length * 10) return
      uses = 0
      levels = empty().map((_, half) => [...(levels[half * 2 + 1] ?? []), ...(levels[half * 2] ?? [])])
    },
    removed: remove,
    victim: () => lastOf(levels.find((list) => list.length > 0) ?? []),
    cleared() {
      levels = empty()
      uses = 0
    },
    order: () => levels.toReversed().flat(),
  }
}

const createS3FifoModel = (capacity: number): PolicyModel => {
  let small: string[] = []
  let main: string[] = []
  let ghosts: [string[], string[]] = [[], []]
  const uses = new Map<string, number>()
  const weights = new Map<string, number>()
  const usesOf = (key: string): number => uses.get(key) ?? 0
  const smallWeight = (): number => small.reduce((sum, key) => sum + (weights.get(key) ?? 1), 0)
  return {
    added(key, weight) {
      weights.set(key, weight)
      uses.set(key, 0)
      const [younger, older] = ghosts
      const wasGhost = younger.includes(key) || older.includes(key)
      ghosts = younger.includes(key) ? [without(younger, key), older] : [younger, without(older, key)]
      if (wasGhost) main = [key, ...main]
      else small = [key, ...small]
    },
    used: (key) => void uses.set(key, Math.min(3, usesOf(key) + 1)),
    removed(key) {
      small = without(small, key)
      main = without(main, key)
    },
    victim(count) {
      for (;;) {
        if (small.length > 0 && (smallWeight() >= Math.max(1, Math.floor(capacity / 10)) || main.length === 0)) {
          const key = lastOf(small)
          if (usesOf(key) < 2) {
            if (ghosts[0].length >= Math.max(1, Math.ceil(count * 0.6))) ghosts = [[], ghosts[0]]
            if (!ghosts[0].includes(key)) ghosts[0].push(key)
            return key
          }
          small = without(small, key)
          main = [key, ...main]
          uses.set(key, 0)
        } else {
          const key = lastOf(main)
          if (usesOf(key) === 0) return key
          uses.set(key, usesOf(key) - 1)
          main = [key, ...without(main, key)]
        }
      }
    },
    cleared() {
      small = []
      main = []
      ghosts = [[], []]
    },
    order: () => [...main, ...small],
  }
}
