import assert from 'node:assert/strict'
import { within } from '../within.ts'
import { assertOurs } from './assert-ours.ts'
import { present } from './present.ts'
import type { ResourceAdapterCase } from './resource-adapter-harness.ts'
import { signalCases } from './signal-cases.ts'

/** Whether a resource still works. */
export const validateCases: readonly ResourceAdapterCase[] = [
  {
    name: 'validate: says true of a resource that works, as often as it is asked, and harms it not',
    needs: ['validate'],
    async run({ adapter, create, use }) {
      const resource = await create()
      for (let time = 0; time < 3; time++) assert.equal(await adapter.validate?.(resource, {}), true)
      await use(resource)
      assert.equal(await adapter.validate?.(resource, {}), true, 'after a use')
    },
  },
  {
    name: 'validate: says false once the resource is broken, or rejects with an error of ours',
    needs: ['validate', 'breakResource'],
    async run({ adapter, create, breakResource, secrets, patienceMs }) {
      const [resource, other] = [await create(), await create()]
      await present(breakResource, 'breakResource')(resource)
      const verdict = async (): Promise<unknown> => adapter.validate?.(resource, {})
      try {
        assert.equal(await within(verdict(), patienceMs, 'validate of a broken one'), false)
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        await assertOurs(error, 'validate', secrets)
      }
      assert.equal(await adapter.validate?.(other, {}), true, 'another one was not broken')
    },
  },
  ...signalCases('validate'),
]
