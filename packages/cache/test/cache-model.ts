import type { EvictionCause } from '@holdfast/contracts/cache'
import type { CachePolicyName } from '../src/cache-options.ts'
import { createPolicyModel } from './policy-models.ts'

/** What `set` of the model is given. */
export interface ModelEntryOptions {
  readonly ttlMs: number
  readonly idleTtlMs: number
  readonly weight: number
}

/** Shortest time between two sweeps, as the cache has it. */
const minSweepMs = 1000

/** A cache written as plainly as can be: a Map of entries, a list of what left, and time that is told to it. */
export const createCacheModel = (policyName: CachePolicyName, capacity: number) => {
  const policy = createPolicyModel(policyName, capacity)
  const entries = new Map<string, ModelEntry>()
  const left: [string, EvictionCause][] = []
  let now = 0
  let sweepAt = Number.POSITIVE_INFINITY

  const isFresh = (entry: ModelEntry): boolean => now < entry.freshUntil && now < entry.idleUntil
  const causeOf = (entry: ModelEntry): EvictionCause => (now < entry.freshUntil ? 'idle' : 'expired')
  const weightHeld = (): number => [...entries.values()].reduce((sum, entry) => sum + entry.weight, 0)
  const remove = (key: string, cause: EvictionCause): void => {
    entries.delete(key)
    policy.removed(key)
    left.push([key, cause])
  }
  const expectSweep = (inMs: number): void => {
    if (inMs !== Number.POSITIVE_INFINITY) sweepAt = Math.min(sweepAt, now + Math.max(minSweepMs, inMs))
  }
  const sweep = (): void => {
    sweepAt = Number.POSITIVE_INFINITY
    for (const [key, entry] of [...entries]) if (!isFresh(entry)) remove(key, causeOf(entry))
    for (const entry of entries.values()) expectSweep(Math.min(entry.freshUntil, entry.idleUntil) - now)
  }

  return {
    left,
    get size(): number {
      return entries.size
    },
    weightHeld,
    order: (): readonly string[] => policy.order().filter((key) => isFresh(entryOf(entries, key))),
    peek(key: string): number | undefined {
      const entry = entries.get(key)
      return entry !== undefined && isFresh(entry) ? entry.value : undefined
    },
    get(key: string): number | undefined {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      if (!isFresh(entry)) {
        remove(key, causeOf(entry))
        return undefined
      }
      entry.idleUntil = now + entry.idleTtlMs
      policy.used(key)
      return entry.value
    },
    set(key: string, value: number, { ttlMs, idleTtlMs, weight }: ModelEntryOptions): void {
      const existing = entries.get(key)
      const life = { value, weight, idleTtlMs, freshUntil: now + ttlMs, idleUntil: now + idleTtlMs }
      if (existing?.weight === weight) {
        left.push([key, 'replaced'])
        policy.used(key)
      } else {
        if (existing !== undefined) remove(key, 'replaced')
        if (weight > capacity) {
          left.push([key, 'capacity'])
          return
        }
        while (weightHeld() + weight > capacity) remove(policy.victim(entries.size), 'capacity')
        policy.added(key, weight)
      }
      // Over an existing entry as well: the place of the key in the Map does not matter to the model.
      entries.set(key, life)
      if (ttlMs <= 0 || idleTtlMs <= 0) remove(key, idleTtlMs <= 0 ? 'idle' : 'expired')
      else expectSweep(Math.min(ttlMs, idleTtlMs))
    },
    delete(key: string): boolean {
      const entry = entries.get(key)
      if (entry === undefined) return false
      const wasFresh = isFresh(entry)
      remove(key, wasFresh ? 'deleted' : causeOf(entry))
      return wasFresh
    },
    deleteByPrefix(prefix: string): number {
      return [...entries.keys()].filter((key) => key.startsWith(prefix) && this.delete(key)).length
    },
    clear(): void {
      for (const key of entries.keys()) left.push([key, 'cleared'])
      entries.clear()
      policy.cleared()
      sweepAt = Number.POSITIVE_INFINITY
    },
    advance(byMs: number): void {
      const target = now + byMs
      while (sweepAt <= target) {
        now = sweepAt
        sweep()
      }
      now = target
    },
  }
}

interface ModelEntry {
  readonly value: number
  readonly weight: number
  readonly idleTtlMs: number
  readonly freshUntil: number
  idleUntil: number
}

const entryOf = (entries: ReadonlyMap<string, ModelEntry>, key: string): ModelEntry => {
  const entry = entries.get(key)
  if (entry === undefined) throw new Error(`The policy knows ${key}, which is not held.`)
  return entry
}
