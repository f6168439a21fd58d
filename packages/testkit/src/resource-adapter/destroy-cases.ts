import { within } from '../within.ts'
import { present } from './present.ts'
import type { ResourceAdapterCase } from './resource-adapter-harness.ts'
import { settlesAtOnce } from './settles-at-once.ts'
import { turnEventLoop } from './turn-event-loop.ts'
import { untilOpen } from './until-open.ts'

/** The end of resources. */
export const destroyCases: readonly ResourceAdapterCase[] = [
  {
    name: 'destroy: frees what the resource held, and harms no other',
    async run(subject) {
      const { create, destroy, use, open, patienceMs } = subject
      const before = await open()
      const [first, second] = [await create(), await create()]
      await Promise.all([use(first), use(second)])
      const both = await open()
      await within(destroy(first), patienceMs, 'destroy')
      await untilOpen(subject, both - 1, 'after one of two was destroyed')
      await use(second)
      await use(await create())
      await within(destroy(second), patienceMs, 'destroy')
      await untilOpen(subject, before + (both - before) / 2, 'after two of three were destroyed')
    },
  },
  {
    name: 'destroy: resolves for a broken resource, and frees what is left of it',
    needs: ['breakResource'],
    async run(subject) {
      const { create, destroy, open, breakResource, patienceMs } = subject
      const before = await open()
      const resource = await create()
      await present(breakResource, 'breakResource')(resource)
      await within(destroy(resource), patienceMs, 'destroy of a broken one')
      await untilOpen(subject, before, 'after a broken one was destroyed')
    },
  },
  {
    name: 'destroy: frees the resource whatever a user left in it',
    needs: ['stains'],
    async run(subject) {
      const { create, destroy, open, stains, patienceMs } = subject
      const before = await open()
      for (const { name, soil } of present(stains, 'stains')) {
        const resource = await create()
        await soil(resource)
        await within(destroy(resource), patienceMs, `destroy of one with ${name}`)
        await untilOpen(subject, before, `after one with ${name} was destroyed`)
      }
    },
  },
  {
    name: 'destroy: lets go of the resource also when its signal is aborted already',
    async run(subject) {
      const { adapter, create, open } = subject
      const before = await open()
      const resource = await create()
      await settlesAtOnce(
        asynchronous(() => adapter.destroy(resource, { signal: AbortSignal.abort() })),
        subject,
        'destroy',
      )
      await untilOpen(subject, before, 'after a destroy that was aborted')
    },
  },
  {
    name: 'destroy: ends at once when it is aborted while the other side is silent, and lets go of the resource',
    needs: ['stall'],
    async run(subject) {
      const { adapter, create, open, stall } = subject
      const before = await open()
      const resource = await create()
      const resume = await present(stall, 'stall')()
      try {
        const controller = new AbortController()
        const destroying = asynchronous(() => adapter.destroy(resource, { signal: controller.signal }))
        destroying.catch(() => {})
        await turnEventLoop(20)
        controller.abort()
        await settlesAtOnce(destroying, subject, 'destroy')
      } finally {
        await resume()
      }
      await untilOpen(subject, before, 'after a destroy that was aborted')
    },
  },
]

/** A method that throws at once is one that rejects. */
const asynchronous = async (call: () => Promise<void>): Promise<void> => call()
