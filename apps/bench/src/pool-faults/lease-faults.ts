import { CreateScript } from './create-script.ts'
import { attempt, type Fault, outcome, right, wrong } from './fault.ts'

/** What is awaited that must not come, in milliseconds. */
const momentMs = 100

/** Leases that are given back once too often, or that never were. */
export const leaseFaults: readonly Fault[] = [
  {
    name: 'stale second release',
    right: 'A releases, B gets the resource, A releases again: B keeps it alone',
    needs: [],
    async probe({ open }) {
      const pool = await open({ maxSize: 1, script: new CreateScript(() => 'works') })
      const a = await pool.acquire()
      await a.release()
      const b = await pool.acquire()
      await attempt(() => a.release())
      const c = await outcome(() => pool.acquire(), momentMs)
      return c.kind === 'resolved' && c.value.resource === b.resource ? wrong('C holds what B holds') : right()
    },
  },
  {
    name: 'released twice in a row',
    right: 'the next two callers get different resources',
    needs: [],
    async probe({ open }) {
      const pool = await open({ maxSize: 2, script: new CreateScript(() => 'works') })
      const a = await pool.acquire()
      await attempt(() => a.release())
      await attempt(() => a.release())
      const b = await pool.acquire()
      const c = await outcome(() => pool.acquire(), 1000)
      if (c.kind !== 'resolved') return wrong('the second caller gets none')
      return c.value.resource === b.resource ? wrong('both hold the same one') : right()
    },
  },
  {
    name: 'an object of somebody else is released',
    right: 'it is never lent',
    needs: [],
    async probe({ open }) {
      const script = new CreateScript(() => 'works')
      const pool = await open({ maxSize: 2, script })
      const a = await pool.acquire()
      if (pool.releaseForeign === undefined) return right('cannot be said')
      await attempt(() => pool.releaseForeign?.())
      const b = await outcome(() => pool.acquire(), 1000)
      if (b.kind !== 'resolved') return wrong('a caller gets none')
      await a.release()
      return 'isForeign' in b.value.resource ? wrong('it is lent to the next caller') : right()
    },
  },
]
