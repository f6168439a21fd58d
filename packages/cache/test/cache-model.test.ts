import type { EvictionCause } from '@holdfast/contracts/cache'
import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCache } from '../src/create-cache.ts'
import { createCacheModel } from './cache-model.ts'

const keys = fc.integer({ min: 0, max: 11 }).map((number) => `${number < 6 ? 'user' : 'role'}:${number}`)
const never = Number.POSITIVE_INFINITY
const lives = fc.record({
  ttlMs: fc.oneof({ weight: 3, arbitrary: fc.constant(never) }, fc.constantFrom(0, 1, 500, 1000, 2500)),
  idleTtlMs: fc.oneof({ weight: 3, arbitrary: fc.constant(never) }, fc.constantFrom(0, 1, 300, 1500)),
  weight: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 9 })),
})
const plain = { ttlMs: never, idleTtlMs: never, weight: 1 }
const commands = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('set'), key: keys, life: fc.oneof(fc.constant(plain), lives) }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('get'), key: keys }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('peek'), key: keys }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), key: keys }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance'), byMs: fc.integer({ min: 1, max: 1800 }) }) },
  fc.record({ kind: fc.constant('deleteByPrefix'), prefix: fc.constantFrom('user:', 'role:1', '') }),
  fc.record({ kind: fc.constant('clear') }),
)
type Command = typeof commands extends fc.Arbitrary<infer C> ? C : never

describe.each(['s3-fifo', 'lru', 'lfu'] as const)('the policy %s against its plain model', (policy) => {
  test('does the same, entry by entry, for any calls and any time between them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 25 }),
        fc.array(commands, { maxLength: 150, size: 'max' }),
        (capacity, list) => {
          const clock = createFakeClock()
          const left: [string, EvictionCause][] = []
          const cache = createCache<string, number>({
            capacity,
            policy,
            clock,
            onEvict: (key, _value, cause) => left.push([key, cause]),
          })
          const model = createCacheModel(policy, capacity)
          for (const [index, command] of list.entries()) {
            expect(apply(cache, command, index, clock.advance)).toEqual(apply(model, command, index, model.advance))
            expect(sorted(left)).toEqual(sorted(model.left))
            expect([...cache.entries()].map(([key]) => key)).toEqual(model.order())
            expect([cache.size, cache.statistics().size]).toEqual([model.size, model.weightHeld()])
            expect(cache.statistics().size).toBeLessThanOrEqual(capacity)
          }
          const counted = Object.values(cache.statistics().evictions).reduce((sum, count) => sum + count, 0)
          expect(counted).toBe(left.length)
          cache.clear()
          clock.advance(10)
          expect(clock.pendingTimers).toBe(0)
        },
      ),
      { numRuns: 200 },
    )
  })
})

interface Subject {
  get(key: string): number | undefined
  peek(key: string): number | undefined
  set(key: string, value: number, life: typeof plain): void
  delete(key: string): boolean
  deleteByPrefix(prefix: string): number
  clear(): void
}

const apply = (subject: Subject, command: Command, value: number, advance: (byMs: number) => void): unknown => {
  if ('life' in command) return subject.set(command.key, value, command.life)
  if ('byMs' in command) return advance(command.byMs)
  if ('prefix' in command) return subject.deleteByPrefix(command.prefix)
  if (!('key' in command)) return subject.clear()
  if (command.kind === 'get') return subject.get(command.key)
  return command.kind === 'peek' ? subject.peek(command.key) : subject.delete(command.key)
}

/** One sweep or one clear lets several entries go, in the order of a Map, which is nobody's business. */
const sorted = (left: readonly [string, EvictionCause][]): readonly string[] =>
  left.map(([key, cause]) => `${key} ${cause}`).sort()
