import assert from 'node:assert/strict'
import type { CallOptions } from '@holdfast/contracts'
import type { AnyCacheStore } from '@holdfast/contracts/cache'
import { expectRejection } from '../expect-rejection.ts'
import type { CacheStoreCase } from './cache-store-harness.ts'

/** Health, cancelling, closing. */
export const storeLifecycleCases: readonly CacheStoreCase[] = [
  {
    name: 'health: is up, and the store has a name',
    async run({ store }) {
      assert.ok(store.name.length > 0)
      const report = await store.health()
      assert.equal(report.status, 'up', report.reason)
      assert.ok(report.latencyMs >= 0 && !Number.isNaN(Date.parse(report.checkedAt)))
    },
  },
  {
    name: 'abort: every method rejects with CANCELLED, by a timeout with TIMEOUT, and has no effect',
    async run({ store }) {
      await store.set('there', 1)
      const timedOut = AbortSignal.abort(new DOMException('too late', 'TimeoutError'))
      for (const { operation, run } of calls) {
        await expectRejection(() => run(store, { signal: AbortSignal.abort() }), { code: 'CANCELLED', operation })
        await expectRejection(() => run(store, { signal: timedOut }), { code: 'TIMEOUT', operation })
      }
      assert.equal((await store.get('there'))?.value, 1)
    },
  },
  {
    name: 'close: every later call rejects with CLOSED, and a second close returns the same promise',
    async run({ store }) {
      const closed = store.close()
      assert.equal(store.close(), closed)
      await closed
      for (const { operation, run } of calls) await expectRejection(() => run(store, {}), { code: 'CLOSED', operation })
      await store[Symbol.asyncDispose]()
    },
  },
]

interface StoreCall {
  readonly operation: string
  readonly run: (store: AnyCacheStore, options: CallOptions) => Promise<unknown>
}

/** Each method of the base, none of which may reach the entry `there` when it is cancelled. */
const calls: readonly StoreCall[] = [
  { operation: 'get', run: (store, options) => store.get('there', options) },
  { operation: 'set', run: (store, options) => store.set('there', 2, options) },
  { operation: 'delete', run: (store, options) => store.delete('there', options) },
  { operation: 'clear', run: (store, options) => store.clear(options) },
  { operation: 'health', run: (store, options) => store.health(options) },
]
