import assert from 'node:assert/strict'
import { expectRejection } from '../expect-rejection.ts'
import { present } from './present.ts'
import { type ProbingMethod, probeResource } from './probe-resource.ts'
import type { ResourceAdapterCase } from './resource-adapter-harness.ts'
import { settlesAtOnce } from './settles-at-once.ts'
import { turnEventLoop } from './turn-event-loop.ts'

/** What a method that asks the other side makes of its signal. */
export const signalCases = (method: ProbingMethod): readonly ResourceAdapterCase[] => [
  {
    name: `${method}: rejects with CANCELLED when its signal is aborted already, by a timeout with TIMEOUT`,
    needs: [method],
    async run({ adapter, create, secrets }) {
      const resource = await create()
      const timedOut = AbortSignal.abort(new DOMException('too late', 'TimeoutError'))
      const probing = (signal: AbortSignal) => () => probeResource(adapter, method, resource, signal)
      await expectRejection(probing(AbortSignal.abort()), { code: 'CANCELLED', operation: method, secrets })
      await expectRejection(probing(timedOut), { code: 'TIMEOUT', operation: method, secrets })
    },
  },
  {
    name: `${method}: rejects at once when it is aborted while the other side is silent`,
    needs: [method, 'stall'],
    async run(subject) {
      const { adapter, create, stall, secrets } = subject
      const resource = await create()
      const resume = await present(stall, 'stall')()
      try {
        const controller = new AbortController()
        const probing = probeResource(adapter, method, resource, controller.signal)
        probing.catch(() => {})
        await turnEventLoop(20)
        controller.abort()
        const outcome = await settlesAtOnce(probing, subject, method)
        // What needs no answer may have been done before.
        if ('value' in outcome) assert.equal(method, 'reset', `${method} answered though the other side was silent`)
        else await expectRejection(() => probing, { code: 'CANCELLED', operation: method, secrets })
      } finally {
        await resume()
      }
    },
  },
]
