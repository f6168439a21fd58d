import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { HoldfastError } from '@holdfast/contracts'
import { expectRejection } from '../expect-rejection.ts'
import { within } from '../within.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { sampleRecord, sampleValueMarker } from './sample-record.ts'
import { allCalls } from './storage-calls.ts'

/** Calls that are given up. */
export const cancellationCases: readonly CredentialStorageCase[] = [
  {
    name: 'abort before: every method rejects with CANCELLED and has no effect',
    async run({ storage }) {
      await storage.store('there', sampleRecord('there'))
      for (const { operation, run } of allCalls(storage, 'there')) {
        await expectRejection(() => run(storage, AbortSignal.abort()), {
          code: 'CANCELLED',
          operation,
          secrets: [sampleValueMarker],
        })
      }
      assert.equal(await storage.exists('there'), true)
      const fresh = sampleRecord('fresh')
      await expectRejection(() => storage.store('fresh', fresh, { signal: AbortSignal.abort() }), {
        code: 'CANCELLED',
        operation: 'store',
      })
      assert.equal(await storage.exists('fresh'), false)
    },
  },
  {
    name: 'abort by a timeout: every method rejects with TIMEOUT',
    async run({ storage }) {
      await storage.store('there', sampleRecord('there'))
      const timedOut = AbortSignal.abort(new DOMException('too late', 'TimeoutError'))
      for (const { operation, run } of allCalls(storage, 'there')) {
        await expectRejection(() => run(storage, timedOut), { code: 'TIMEOUT', operation })
      }
    },
  },
  {
    name: 'abort during: a read rejects with CANCELLED',
    async run({ storage, patienceMs }) {
      await storage.store('there', sampleRecord('there'))
      const reads = allCalls(storage, 'there').filter(({ operation }) => !isWrite(operation))
      for (const { operation, run } of reads) {
        const controller = new AbortController()
        const call = run(storage, controller.signal)
        controller.abort()
        await expectRejection(() => within(call, patienceMs, operation), { code: 'CANCELLED', operation })
      }
    },
  },
  {
    name: 'abort during: a write rejects with CANCELLED and says outcome unknown if it may have happened',
    async run({ storage, patienceMs }) {
      const controller = new AbortController()
      const call = storage.store('perhaps', sampleRecord('perhaps'), { signal: controller.signal })
      controller.abort()
      const error = await expectRejection(() => within(call, patienceMs, 'store'), {
        code: 'CANCELLED',
        operation: 'store',
        secrets: [sampleValueMarker],
      })
      if (error.details.outcome === 'unknown') return
      assert.equal(
        await storage.exists('perhaps'),
        false,
        'it was written and the error does not say that it may have been',
      )
    },
  },
  {
    name: 'abort during: a listing ends with CANCELLED at its next item',
    async run({ storage }) {
      for (let index = 0; index < 5; index++) await storage.store(`item/${index}`, sampleRecord(`item/${index}`))
      const controller = new AbortController()
      const items = storage.list({ signal: controller.signal })[Symbol.asyncIterator]()
      assert.notEqual((await items.next()).done, true)
      controller.abort()
      await expectRejection(() => items.next(), { code: 'CANCELLED', operation: 'list' })
    },
  },
  {
    name: 'abort with an error of ours: that error is what the call rejects with',
    async run({ storage }) {
      const mine = new HoldfastError({
        code: 'TIMEOUT',
        reason: 'DEADLINE_EXCEEDED',
        source: 'caller',
        operation: 'request',
        message: 'The request is over.',
        hint: 'Ask again.',
      })
      const rejected: unknown = await storage
        .exists('any', { signal: AbortSignal.abort(mine) })
        .catch((error: unknown) => error)
      assert.equal(rejected, mine)
    },
  },
  {
    name: 'signals: no call leaves a listener on its signal',
    async run({ storage }) {
      const { signal } = new AbortController()
      await storage.store('there', sampleRecord('there'))
      for (const { run } of allCalls(storage, 'there')) await run(storage, signal).catch(() => {})
      assert.equal(getEventListeners(signal, 'abort').length, 0)
    },
  },
]

const isWrite = (operation: string): boolean => ['store', 'delete', 'recover', 'purge'].includes(operation)
