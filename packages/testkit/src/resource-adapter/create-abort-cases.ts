import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { HoldfastError } from '@holdfast/contracts'
import { expectRejection } from '../expect-rejection.ts'
import { present } from './present.ts'
import type { ResourceAdapterCase, ResourceAdapterSubject } from './resource-adapter-harness.ts'
import { type Outcome, settlesAtOnce } from './settles-at-once.ts'
import { turnEventLoop } from './turn-event-loop.ts'
import { untilOpen } from './until-open.ts'

/** How long a connection has to get as far as a silent other side before its create is aborted. More only aborts later. */
const arrivalMs = 100

/** Creates that are given up. */
export const createAbortCases: readonly ResourceAdapterCase[] = [
  {
    name: 'create: rejects with CANCELLED when its signal is aborted already, by a timeout with TIMEOUT, and opens nothing',
    async run(subject) {
      const { adapter, open, credentials, secrets } = subject
      const before = await open()
      const timedOut = AbortSignal.abort(new DOMException('too late', 'TimeoutError'))
      const creating = (signal: AbortSignal) => () => adapter.create({ signal, credentials })
      await expectRejection(creating(AbortSignal.abort()), { code: 'CANCELLED', operation: 'create', secrets })
      await expectRejection(creating(timedOut), { code: 'TIMEOUT', operation: 'create', secrets })
      await untilAllArrived(subject, before)
    },
  },
  {
    name: 'create: an error of ours as the reason of its signal is what it rejects with',
    async run({ adapter, credentials }) {
      const reason = new HoldfastError({
        code: 'TIMEOUT',
        reason: 'DEADLINE_EXCEEDED',
        source: 'conformance',
        operation: 'acquire',
        message: 'The caller has waited for long enough.',
        hint: 'Ask again.',
      })
      const creating = adapter.create({ signal: AbortSignal.abort(reason), credentials })
      assert.equal(await creating.catch((error: unknown) => error), reason)
    },
  },
  {
    name: 'create: aborted at any moment it rejects at once, or gives what works, and leaves nothing behind',
    async run(subject) {
      const before = await subject.open()
      const startedAt = performance.now()
      await subject.destroy(await subject.create())
      const durationMs = performance.now() - startedAt
      // From the beginning to the end of what it takes to make and destroy one.
      const delays = Array.from({ length: 10 }, (_, index) => () => setTimeout((durationMs * (index + 1)) / 10))
      for (const moment of [async () => {}, () => turnEventLoop(1), () => turnEventLoop(5), ...delays]) {
        const outcome = await abortedCreate(subject, moment)
        if ('value' in outcome) await subject.use(outcome.value)
        await requireAborted(subject, outcome)
      }
      await untilAllArrived(subject, before)
    },
  },
  {
    name: 'create: rejects at once when it is aborted while the other side is silent, and leaves nothing behind',
    needs: ['stall'],
    async run(subject) {
      const { open, stall } = subject
      const before = await open()
      const resume = await present(stall, 'stall')()
      try {
        for (const moment of [() => turnEventLoop(1), () => turnEventLoop(20), () => setTimeout(arrivalMs)]) {
          const outcome = await abortedCreate(subject, moment)
          await requireAborted(subject, outcome)
        }
      } finally {
        await resume()
      }
      await untilAllArrived(subject, before)
    },
  },
]

/** It was rejected as aborted, or there in time, as what a client only connects when it is used; then it is destroyed. */
const requireAborted = async <T>(
  { adapter, secrets }: ResourceAdapterSubject<T>,
  outcome: Outcome<T>,
): Promise<void> => {
  if ('value' in outcome) await adapter.destroy(outcome.value, {})
  else await expectRejection(() => Promise.reject(outcome.error), { code: 'CANCELLED', operation: 'create', secrets })
}

/** Begins a create, aborts it at that moment, and answers how it ended, which has to be at once. */
const abortedCreate = async <T>(
  subject: ResourceAdapterSubject<T>,
  moment: () => Promise<unknown>,
): Promise<Outcome<T>> => {
  const { adapter, credentials } = subject
  const controller = new AbortController()
  const creating = adapter.create({ signal: controller.signal, credentials })
  creating.catch(() => {})
  await moment()
  controller.abort()
  return settlesAtOnce(creating, subject, 'create')
}

/** Waits for as long as two resources take to be made and destroyed, so that one whose create was abandoned has come too, and then for none to be left. */
const untilAllArrived = async <T>(subject: ResourceAdapterSubject<T>, before: number): Promise<void> => {
  for (let round = 0; round < 2; round++) {
    const resource = await subject.create()
    await subject.use(resource)
    await subject.destroy(resource)
  }
  await untilOpen(subject, before, 'after creates that were aborted')
}
