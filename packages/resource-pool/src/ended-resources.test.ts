import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createFakeClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createPool } from './create-pool.ts'

it('a resource that has ended is forgotten, however long another lease stays out', async () => {
  setFlagsFromString('--expose-gc')
  const clock = createFakeClock()
  const pool = createPool<object>(
    { name: 'forgetful', create: async () => ({}), destroy: async () => {} },
    { clock, maxSize: 3 },
  )
  for (const lease of await Promise.all([1, 2, 3].map(() => pool.acquire()))) lease.release()
  // What was free last is lent first, and was linked to the one that is next.
  const longest = await pool.acquire()
  const seen: WeakRef<object>[] = []
  for (let count = 0; count < 20; count++) {
    const [one, other] = [await pool.acquire(), await pool.acquire()]
    seen.push(new WeakRef(one.resource))
    other.release()
    one.release()
    ;(await pool.acquire()).destroy()
    await clock.advanceAsync(1)
  }
  await new Promise(setImmediate)
  runInNewContext('gc()')
  // The longest lease may hold the one that was beneath it, and one is idle.
  expect(seen.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(2)
  longest.release()
  await pool.close()
})
