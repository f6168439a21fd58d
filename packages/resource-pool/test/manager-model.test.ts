import { HoldfastError } from '@holdfast/contracts'
import type { Lease } from '@holdfast/contracts/resources'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isUsable, type LifecycleState, lifecycleTransitions } from '../src/manager/lifecycle-state.ts'
import type { FakeResource } from './fake-adapter.ts'
import { createTestManager, settle } from './test-manager.ts'

const size = 6

/** Each depends only on those before it. */
const anEdge = fc.record({
  from: fc.integer({ min: 1, max: size - 1 }),
  to: fc.nat(size - 2),
  kind: fc.constantFrom(
    'requires' as const,
    'requires' as const,
    'wants' as const,
    'after' as const,
    'bindsTo' as const,
  ),
})

const anAction = fc.oneof(
  fc.record({ what: fc.constantFrom('start' as const, 'stop' as const), only: fc.option(fc.nat(size - 1)) }),
  fc.record({ what: fc.constantFrom('fail' as const, 'recover' as const, 'acquire' as const), of: fc.nat(size - 1) }),
  fc.record({ what: fc.constantFrom('release' as const, 'cancel' as const) }),
  fc.record({ what: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 1500 }) }),
)

const health = {
  intervalMs: 1000,
  jitter: 0,
  timeoutMs: 200,
  upAfter: 1,
  recoveryAttempts: 4,
  recoveryDelayMs: 200,
  maxRecoveryDelayMs: 400,
}

it('keeps its promises whatever starts, stops, fails and recovers at the same time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anEdge, { maxLength: 10 }),
      fc.array(anAction, { minLength: 1, maxLength: 30 }),
      async (edges, actions) => {
        const { clock, manager, add } = createTestManager({
          startTimeoutMs: 3000,
          stopDeadlineMs: 300,
          stopGraceMs: 100,
        })
        const isDown = Array.from({ length: size }, () => false)
        const states = Array.from({ length: size }, (): LifecycleState => 'created')
        const on = (index: number, ...kinds: readonly string[]): number[] =>
          edges.filter(({ from, to, kind }) => from === index && to < index && kinds.includes(kind)).map(({ to }) => to)
        const nodes: ReturnType<typeof add>[] = []
        const keysOf = (index: number, kind: string) => on(index, kind).flatMap((to) => nodes[to]?.key ?? [])
        for (let index = 0; index < size; index += 1) {
          nodes.push(
            add(
              `n${index}`,
              {
                health,
                requires: keysOf(index, 'requires'),
                wants: keysOf(index, 'wants'),
                after: keysOf(index, 'after'),
                bindsTo: keysOf(index, 'bindsTo'),
                pool: { maxSize: 2, acquireTimeoutMs: 100, validateIdleLongerThanMs: Number.POSITIVE_INFINITY },
              },
              {
                createMs: index * 7,
                onCreate: () => {
                  if (isDown[index]) throw unavailable()
                },
                onValidate: () => isDown[index] !== true,
              },
            ),
          )
        }

        const problems: string[] = []
        manager.on('resource.transitioned', ({ resource, from, to }) => {
          const index = Number(resource.slice(1))
          if (states[index] !== from || !lifecycleTransitions[from].includes(to))
            problems.push(`${resource} ${from} ${to}`)
          states[index] = to
          const needed = on(index, 'requires', 'bindsTo')
          if (to === 'starting' && !needed.every((each) => isUsable(states[each] ?? 'created'))) {
            problems.push(`${resource} started before what it requires`)
          }
          if (to !== 'draining') return
          for (let other = 0; other < size; other += 1) {
            const state = states[other] ?? 'created'
            const isThere = isUsable(state) || state === 'draining' || state === 'quarantined' || state === 'starting'
            if (on(other, 'requires', 'bindsTo').includes(index) && isThere)
              problems.push(`${resource} stopped before n${other}, which is ${state}`)
          }
        })

        const calls: Promise<unknown>[] = []
        const leases: Lease<FakeResource>[] = []
        let controller = new AbortController()
        for (const action of actions) {
          if (action.what === 'start' || action.what === 'stop') {
            const only = action.only === null ? {} : { only: nodes[action.only]?.key }
            const options = only.only === undefined ? {} : { only: only.only }
            const call =
              action.what === 'start' ? manager.start({ ...options, signal: controller.signal }) : manager.stop(options)
            calls.push(call.catch(noteUnexpected(problems)))
          } else if (action.what === 'acquire') {
            const key = nodes[action.of]?.key
            if (key === undefined) continue
            const state = manager.explain(key).state
            calls.push(
              manager.acquire(key).then(
                (lease) => {
                  leases.push(lease)
                  if (!isUsable(state)) problems.push(`a lease of ${key.name}, which was ${state}`)
                },
                (error: unknown) => {
                  if (!isUsable(state) && !HoldfastError.is(error, 'UNAVAILABLE'))
                    problems.push(`refused with ${String(error)}`)
                },
              ),
            )
          } else if (action.what === 'release') leases.shift()?.release()
          else if (action.what === 'cancel') {
            controller.abort()
            controller = new AbortController()
          } else if (action.what === 'wait') await clock.advanceAsync(action.ms)
          else if ('of' in action) isDown[action.of] = action.what === 'fail'
          await clock.advanceAsync(0)
        }

        isDown.fill(false)
        for (const lease of leases) lease.release()
        await settle(clock, Promise.all(calls))
        for (const lease of leases) lease.release()
        await clock.advanceAsync(5000)
        expect(await settle(clock, manager.start())).toBeUndefined()
        await clock.advanceAsync(5000)
        expect(states).toEqual(states.map(() => 'ready'))
        expect(manager.health()).toMatchObject({ status: 'up', isReady: true })
        expect(await settle(clock, manager.close())).toBeUndefined()
        await clock.advanceAsync(6000)
        expect(problems).toEqual([])
        expect(states).toEqual(states.map(() => 'stopped'))
        for (const { adapter } of nodes) expect(adapter.destroyed).toHaveLength(adapter.created.length)
        expect(clock.pendingTimers).toBe(0)
      },
    ),
    { numRuns: 150 },
  )
})

/** What a start and a stop may reject with, whatever happens. */
const noteUnexpected =
  (problems: string[]) =>
  (error: unknown): void => {
    const isExpected =
      HoldfastError.is(error, 'UNAVAILABLE') ||
      HoldfastError.is(error, 'CANCELLED') ||
      HoldfastError.is(error, 'TIMEOUT')
    if (!isExpected) problems.push(String(error))
  }

const unavailable = (): HoldfastError =>
  new HoldfastError({
    code: 'UNAVAILABLE',
    source: 'test',
    operation: 'create',
    message: 'Nobody answers.',
    hint: 'Wait.',
  })
