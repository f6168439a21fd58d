import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { expectRejection } from '../expect-rejection.ts'
import { createSecretScanner } from '../secret-scanner.ts'
import { within } from '../within.ts'
import { present } from './present.ts'
import { probeResource } from './probe-resource.ts'
import type { ResourceAdapterCase } from './resource-adapter-harness.ts'
import { strayErrors } from './stray-errors.ts'
import { turnEventLoop } from './turn-event-loop.ts'
import { untilOpen } from './until-open.ts'

/** What an adapter is, and what it makes. */
export const createCases: readonly ResourceAdapterCase[] = [
  {
    name: 'description: has a name, its optional methods are methods, and nothing of it is secret',
    async run({ adapter, create, secrets }) {
      assert.ok(adapter.name.length > 0, 'the name is empty')
      for (const method of ['validate', 'reset', 'isBroken', 'health'] as const) {
        assert.ok(['function', 'undefined'].includes(typeof adapter[method]), method)
      }
      assert.ok(['boolean', 'undefined'].includes(typeof adapter.isolatesTenants), 'isolatesTenants')
      await create()
      const scanner = createSecretScanner()
      for (const [index, secret] of secrets.entries()) scanner.watch(`secret ${index + 1}`, secret)
      scanner.look('adapter', adapter)
      assert.deepEqual(scanner.leaks, [], 'the adapter shows what it must not')
    },
  },
  {
    name: 'create: gives a resource that works, and that the other side counts',
    async run(subject) {
      const { create, destroy, use, open, patienceMs } = subject
      const resource = await create()
      await within(use(resource), patienceMs, 'the work of a user')
      await within(use(resource), patienceMs, 'the work of a user')
      const counted = await open()
      assert.ok(counted > 0, 'open() counts nothing, so that no leak would be found')
      await destroy(resource)
      await untilOpen(subject, counted - 1, 'after the one was destroyed')
    },
  },
  {
    name: 'create: each is its own, also when many are made at the same time',
    async run(subject) {
      const { create, destroy, use, open } = subject
      const before = await open()
      const resources = await Promise.all(Array.from({ length: 5 }, () => create()))
      assert.equal(new Set(resources).size, resources.length, 'one resource was given twice')
      await Promise.all(resources.map((resource) => use(resource)))
      await Promise.all(resources.map((resource) => destroy(resource)))
      await untilOpen(subject, before, 'five that were destroyed')
    },
  },
  {
    name: 'create: has let go of its signal, which harms nothing when it is aborted afterwards',
    async run({ create, use }) {
      const controller = new AbortController()
      const resource = await create({ signal: controller.signal })
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0, 'a listener was left on the signal')
      controller.abort()
      await turnEventLoop(20)
      await use(resource)
    },
  },
  {
    name: 'create: an other side that cannot be reached is UNAVAILABLE',
    needs: ['unreachable'],
    async run({ unreachable, credentials, secrets, patienceMs }) {
      const adapter = present(unreachable, 'unreachable')()
      const { signal } = new AbortController()
      const creating = () => within(adapter.create({ signal, credentials }), patienceMs, 'create')
      const error = await expectRejection(creating, { code: 'UNAVAILABLE', operation: 'create', secrets })
      assert.equal(error.retryable, true, 'it may be there later')
    },
  },
  {
    name: 'signals: no call leaves a listener on its signal',
    async run({ adapter, create, credentials }) {
      const { signal } = new AbortController()
      const resource = await create()
      for (const method of ['validate', 'reset', 'health'] as const) {
        if (adapter[method] === undefined) continue
        await probeResource(adapter, method, resource, signal)
        assert.equal(getEventListeners(signal, 'abort').length, 0, method)
      }
      const other = await adapter.create({ signal: new AbortController().signal, credentials })
      await adapter.destroy(other, { signal })
      assert.equal(getEventListeners(signal, 'abort').length, 0, 'destroy')
    },
  },
  {
    name: 'idle: a resource that breaks while nobody uses it ends nobody’s process',
    needs: ['breakResource'],
    async run({ create, use, breakResource, patienceMs }) {
      const resource = await create()
      const stray = await strayErrors(async () => {
        await present(breakResource, 'breakResource')(resource)
        await turnEventLoop(20)
        // Only now its user comes, and finds out; by then the client has been told as well.
        await within(
          use(resource).catch(() => {}),
          patienceMs,
          'the work of a user on a broken one',
        )
        await turnEventLoop(5)
      })
      assert.deepEqual(stray, [], 'errors that nobody caught')
    },
  },
]
