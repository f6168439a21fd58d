import assert from 'node:assert/strict'
import { within } from '../within.ts'
import { assertOurs } from './assert-ours.ts'
import { present } from './present.ts'
import type { ResourceAdapterCase } from './resource-adapter-harness.ts'
import { signalCases } from './signal-cases.ts'

/** What is left of a user when the next one comes. */
export const resetCases: readonly ResourceAdapterCase[] = [
  {
    name: 'reset: leaves a resource that works, also when there was nothing to take back',
    needs: ['reset'],
    async run({ adapter, create, use }) {
      const resource = await create()
      await adapter.reset?.(resource, {})
      await use(resource)
      await adapter.reset?.(resource, {})
      await adapter.reset?.(resource, {})
      await use(resource)
    },
  },
  {
    name: 'reset: takes back what a user left behind',
    needs: ['reset', 'stains'],
    async run({ adapter, create, destroy, use, stains }) {
      for (const { name, soil, isSoiled } of present(stains, 'stains')) {
        const resource = await create()
        await soil(resource)
        assert.equal(await isSoiled(resource), true, `the harness leaves nothing: ${name}`)
        await adapter.reset?.(resource, {})
        assert.equal(await isSoiled(resource), false, `${name} is still there after reset`)
        await use(resource)
        await destroy(resource)
      }
    },
  },
  {
    name: 'reset: rejects with an error of ours once the resource is broken, or leaves it to validate to find out',
    needs: ['reset', 'breakResource'],
    async run({ adapter, create, breakResource, secrets, patienceMs }) {
      const resource = await create()
      await present(breakResource, 'breakResource')(resource)
      const resetting = async (): Promise<unknown> => adapter.reset?.(resource, {})
      try {
        await within(resetting(), patienceMs, 'reset of a broken one')
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        await assertOurs(error, 'reset', secrets)
        return
      }
      const verdict = await Promise.resolve(adapter.validate?.(resource, {})).catch(() => false)
      assert.equal(verdict, false, 'reset resolved, and nothing finds out that the resource is broken')
    },
  },
  {
    name: 'isolatesTenants: of everything that a user can leave at once nothing is there after reset',
    needs: ['isolatesTenants'],
    async run({ adapter, create, stains = [] }) {
      assert.ok(stains.length > 0, 'isolatesTenants is claimed, and the harness gives no stains to prove it by')
      const resource = await create()
      for (const { soil } of stains) await soil(resource)
      await adapter.reset?.(resource, {})
      for (const { name, isSoiled } of stains) {
        assert.equal(await isSoiled(resource), false, `isolatesTenants is claimed, and ${name} is still there`)
      }
    },
  },
  ...signalCases('reset'),
]
