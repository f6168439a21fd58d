import assert from 'node:assert/strict'
import { within } from '../within.ts'
import { present } from './present.ts'
import type { ResourceAdapterCase } from './resource-adapter-harness.ts'

/** Which errors of users mean that a resource is lost. */
export const isBrokenCases: readonly ResourceAdapterCase[] = [
  {
    name: 'isBroken: says yes to the error of a lost connection',
    needs: ['isBroken', 'breakResource'],
    async run({ adapter, create, use, breakResource, patienceMs }) {
      const resource = await create()
      await present(breakResource, 'breakResource')(resource)
      const error = await within(rejectionOf(use(resource)), patienceMs, 'the work of a user on a broken one')
      assert.equal(adapter.isBroken?.(error), true, `isBroken said no to ${String(error)}`)
      const again = await within(rejectionOf(use(resource)), patienceMs, 'the work of a user on a broken one')
      assert.equal(adapter.isBroken?.(again), true, `isBroken said no to a later error, ${String(again)}`)
    },
  },
  {
    name: 'isBroken: says no to a statement that failed, after which the resource still works',
    needs: ['isBroken', 'failStatement'],
    async run({ adapter, create, use, failStatement }) {
      const resource = await create()
      const error = await rejectionOf(present(failStatement, 'failStatement')(resource))
      assert.equal(adapter.isBroken?.(error), false, `isBroken said yes to ${String(error)}`)
      await use(resource)
    },
  },
  {
    name: 'isBroken: says no to errors of the user’s own code, whatever they are',
    needs: ['isBroken'],
    async run({ adapter }) {
      const thrown = [undefined, null, 0, '', 'text', {}, [], () => {}, Symbol('thrown'), new Error('order 17')]
      for (const error of [...thrown, new TypeError('x is not a function')]) {
        assert.doesNotThrow(() => adapter.isBroken?.(error), 'isBroken fails with what it looks at')
        assert.equal(adapter.isBroken?.(error), false)
      }
    },
  },
]

/** What the work rejects with; it has to. */
const rejectionOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => {
      throw new assert.AssertionError({ message: 'the work of a user resolved, where the harness says that it fails' })
    },
    (error: unknown) => error,
  )
