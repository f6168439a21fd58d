import { runWithContext } from '@holdfast/contracts/context'
import type { Lease } from '@holdfast/contracts/resources'
import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPool } from '../src/index.ts'
import { createTenantGate } from '../src/manager/tenant-gate.ts'
import type { TenantQuota } from '../src/manager/tenant-options.ts'

type Step =
  | { readonly do: 'acquire'; readonly tenant: string; readonly timeoutMs: number; readonly holdMs: number }
  | { readonly do: 'use'; readonly tenant: string; readonly timeoutMs: number; readonly holdMs: number }
  | { readonly do: 'try'; readonly tenant: string }
  | { readonly do: 'release' | 'destroy' | 'dispose' | 'abort'; readonly pick: number }
  | { readonly do: 'advance'; readonly byMs: number }
  | { readonly do: 'quota'; readonly tenant: string; readonly quota: TenantQuota }
  | { readonly do: 'epoch' }

const tenant = fc.constantFrom('a', 'b', 'c')
const pick = fc.nat(50)
const quota: fc.Arbitrary<TenantQuota> = fc.record({
  maxLeases: fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY),
  maxWaiting: fc.constantFrom(0, 1, 3, Number.POSITIVE_INFINITY),
  acquiresPerSecond: fc.constantFrom(2, 50, Number.POSITIVE_INFINITY),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('acquire' as const, 'use' as const),
      tenant,
      timeoutMs: fc.constantFrom(0, 5, 50, 500),
      holdMs: fc.constantFrom(0, 3, 30),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('try' as const), tenant }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('release' as const, 'destroy' as const, 'dispose' as const, 'abort' as const),
      pick,
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), byMs: fc.constantFrom(0, 1, 5, 40, 300) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('quota' as const), tenant, quota }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('epoch' as const) }) },
)
/** How each call of the adapter goes, in turn. */
const fates = fc.array(fc.constantFrom('works', 'works', 'works', 'fails', 'throws', 'hangs', 'slow'), {
  minLength: 1,
  maxLength: 8,
})

it('keeps every tenant within its quota and leaves no count behind, whatever fails, is aborted or taken away', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(quota, { minLength: 3, maxLength: 3 }),
      fates,
      fc.constantFrom(0, 100),
      fc.array(step, { maxLength: 50 }),
      async (maxSize, quotas, fate, closeDeadlineMs, steps) => {
        const clock = createFakeClock()
        let call = 0
        const play = (): Promise<void> => {
          const kind = fate[call++ % fate.length]
          if (kind === 'throws') throw new Error('at once')
          if (kind === 'fails') return Promise.reject(new Error('failed'))
          if (kind === 'hangs') return new Promise(() => {})
          if (kind === 'slow') return new Promise((resolve) => void clock.setTimer(resolve, 8))
          return Promise.resolve()
        }
        const pool = createPool(
          {
            name: 'gated',
            create: () => play().then(() => ({})),
            destroy: play,
            validate: () => play().then(() => true),
            reset: play,
          },
          {
            maxSize,
            clock,
            createTimeoutMs: 20,
            validateTimeoutMs: 20,
            resetTimeoutMs: 20,
            destroyTimeoutMs: 20,
            leakDetectionMs: 60,
            reclaimLeaks: true,
            separateTenants: true,
            random: () => 0.5,
          },
        )
        const limits: Record<string, TenantQuota> = { a: quotas[0] ?? {}, b: quotas[1] ?? {}, c: quotas[2] ?? {} }
        const gate = createTenantGate(pool, { quota: (name) => limits[name] ?? {} }, { clock })
        const live = new Map<Lease<object>, string>()
        const calls: { settled: boolean; readonly controller: AbortController; readonly order: number }[] = []
        /** The latest call of each tenant that has been served, and when. Of those at one moment the promises of the earlier ones may take more turns to tell. */
        const served = new Map<string, { readonly order: number; readonly atMs: number }>()
        const problems: string[] = []
        /** The largest number of leases that each tenant may have by now: a quota that was lowered takes nothing away. */
        const most = new Map<string, number>()
        const note = (name: string): void => {
          const used = gate.tenants().find((each) => each.tenant === name)
          const limit = Math.max(limits[name]?.maxLeases ?? Number.POSITIVE_INFINITY, most.get(name) ?? 0)
          if ((used?.leases ?? 0) + (used?.waiting ?? 0) > limit) problems.push(`${name} has more than ${limit}`)
        }
        const isOut = (lease: Lease<object>): boolean => {
          try {
            return lease.resource !== undefined
          } catch {
            return false
          }
        }
        for (const [order, each] of steps.entries()) {
          const held = [...live.keys()]
          if (each.do === 'acquire' || each.do === 'use') {
            const entry = { settled: false, controller: new AbortController(), order }
            calls.push(entry)
            const { tenant, timeoutMs, holdMs } = each
            const options = { timeoutMs, signal: entry.controller.signal }
            const begun = (lease: Lease<object>): void => {
              const latest = served.get(tenant)
              const atMs = clock.monotonicNow()
              if (latest === undefined || order > latest.order) served.set(tenant, { order, atMs })
              else if (atMs > latest.atMs) problems.push(`${order} of ${tenant} was overtaken`)
              if (isOut(lease)) live.set(lease, tenant)
              note(tenant)
            }
            const work = (_: object, lease: Lease<object>): Promise<void> => {
              begun(lease)
              return new Promise<void>((resolve) => void clock.setTimer(resolve, holdMs)).then(
                () => void live.delete(lease),
              )
            }
            runWithContext(
              { tenant },
              (): Promise<unknown> => (each.do === 'use' ? gate.use(work, options) : gate.acquire(options).then(begun)),
            ).then(
              () => {
                entry.settled = true
              },
              () => {
                entry.settled = true
              },
            )
          } else if (each.do === 'try') {
            const lease = gate.tryAcquire({ tenant: each.tenant })
            if (lease !== undefined) live.set(lease, each.tenant)
            note(each.tenant)
          } else if (each.do === 'abort') {
            const open = calls.filter(({ settled }) => !settled)
            open[each.pick % Math.max(1, open.length)]?.controller.abort()
          } else if (each.do === 'quota') {
            const before = limits[each.tenant]?.maxLeases ?? Number.POSITIVE_INFINITY
            most.set(each.tenant, Math.max(before, most.get(each.tenant) ?? 0))
            limits[each.tenant] = each.quota
          } else if (each.do === 'epoch') gate.advanceEpoch({ maxDrainMs: 25 })
          else if (each.do === 'advance') await clock.advanceAsync(each.byMs)
          else {
            const lease = held[each.pick % Math.max(1, held.length)]
            if (lease !== undefined) {
              live.delete(lease)
              if (each.do === 'release') lease.release()
              else if (each.do === 'destroy') lease.destroy()
              else lease[Symbol.dispose]()
              lease.release()
            }
          }
          await Promise.resolve()
          if (each.do === 'advance') {
            for (const lease of [...live.keys()]) if (!isOut(lease)) live.delete(lease)
            expect(problems).toEqual([])
          }
        }
        await clock.advanceAsync(2000)
        for (const lease of live.keys()) lease.release()
        await clock.advanceAsync(2000)
        // Everything has come back, was refused, given up or taken away: nothing is known of anybody any more.
        expect(calls.every(({ settled }) => settled)).toBe(true)
        expect(gate.tenants()).toEqual([])
        expect(problems).toEqual([])
        const closed = gate.close({ deadlineMs: closeDeadlineMs })
        await clock.advanceAsync(1000)
        await closed
        expect(clock.pendingTimers).toBe(0)
      },
    ),
    { numRuns: 600 },
  )
})

it('forgets a hundred thousand tenants, also those whose rate is not full again yet', { timeout: 60_000 }, async () => {
  const clock = createFakeClock()
  const pool = createPool({ name: 'crowd', create: async () => ({}), destroy: async () => {} }, { clock, maxSize: 2 })
  for (const quota of [{ maxLeases: 1, maxWaiting: 5 }, { acquiresPerSecond: 0.5 }]) {
    const gate = createTenantGate(pool, { quota }, { clock })
    let most = 0
    for (let count = 0; count < 100_000; count++) {
      const options = { tenant: `tenant-${count}` }
      const lease = gate.tryAcquire(options) ?? (await gate.acquire(options))
      lease.release()
      if (count % 100 === 0) {
        clock.advance(4)
        if (count % 10_000 === 0) most = Math.max(most, gate.tenants().length)
      }
    }
    // 25 come in a millisecond: those of the last two seconds, and of one more until they are looked at.
    expect(most).toBeLessThanOrEqual('maxLeases' in quota ? 1 : 25 * 3000 + 100)
    await clock.advanceAsync(4000)
    expect(gate.tenants()).toEqual([])
  }
  const closed = pool.close()
  await clock.advanceAsync(1)
  await closed
  expect(clock.pendingTimers).toBe(0)
})
