// How do I keep something in memory, bounded in size and time, and see whether it helps?
import assert from 'node:assert/strict'
// #region basics
import { createCache } from '@holdfast/cache'

interface User {
  readonly name: string
}

const users = createCache<string, User>({ capacity: 10_000, ttlMs: 60_000, ttlJitter: 0.1 })

users.set('user:1', { name: 'Ada' }, { tags: ['team:a'] })
console.log(users.get('user:1')) // { name: 'Ada' }

// At once when it is there; loaded once, however many ask, when it is not.
const grace = await users.getOrLoad('user:2', async (key) => ({ name: `Grace, from ${key}` }))

users.deleteByTag('team:a')
console.log(users.statistics()) // hits, misses, hit rate, size, evictions by cause
// #endregion basics

assert.equal(grace.name, 'Grace, from user:2')
assert.deepEqual([users.has('user:1'), users.size], [false, 1])

// A cache can be carried over a restart: the entries, what is left of their time, and what the policy has learnt.
const text = JSON.stringify(users.dump())
const afterRestart = createCache<string, User>({ capacity: 10_000 })
afterRestart.load(JSON.parse(text))
assert.deepEqual(afterRestart.get('user:2'), grace)
console.log('carried over a restart:', afterRestart.size)
