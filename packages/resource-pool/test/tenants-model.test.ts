import type { Lease, Pool } from '@holdfast/contracts/resources'
import { createFakeClock, type FakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type CreatePoolOptions, createPool } from '../src/index.ts'

/** A connection that remembers who used it. */
interface Resource {
  readonly number: number
  readonly users: Set<string>
  isHeld: boolean
  destroys: number
}

type Step =
  | { readonly do: 'acquire'; readonly tenant: string | undefined; readonly timeoutMs: number }
  | { readonly do: 'try'; readonly tenant: string | undefined }
  | { readonly do: 'release' | 'dispose' | 'destroy' | 'abort'; readonly pick: number }
  | { readonly do: 'advance'; readonly byMs: number }
  | { readonly do: 'resize'; readonly maxSize: number }
  | { readonly do: 'health' | 'epoch' }

const tenants = [undefined, 'a', 'b', 'c'] as const
const pick = fc.nat(100)
const tenant = fc.constantFrom(...tenants)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('acquire' as const), tenant, timeoutMs: fc.constantFrom(5, 50, 500) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('try' as const), tenant }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'release' as const,
        'release' as const,
        'dispose' as const,
        'destroy' as const,
        'abort' as const,
      ),
      pick,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance' as const), byMs: fc.constantFrom(0, 1, 3, 20, 100) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resize' as const), maxSize: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('health' as const, 'epoch' as const) }) },
)
const options: fc.Arbitrary<CreatePoolOptions> = fc.record({
  maxSize: fc.integer({ min: 1, max: 4 }),
  minSize: fc.constantFrom(0, 1),
  maxConcurrentCreates: fc.integer({ min: 1, max: 3 }),
  maxUses: fc.constantFrom(Number.POSITIVE_INFINITY, 3),
  idleTimeoutMs: fc.constantFrom(Number.POSITIVE_INFINITY, 60),
  validateIdleLongerThanMs: fc.constantFrom(0, 20, Number.POSITIVE_INFINITY),
  order: fc.constantFrom('lifo' as const, 'fifo' as const, 'adaptive' as const),
  maxTenantShare: fc.constantFrom(1, 1, 0.5),
  leakDetectionMs: fc.constantFrom(Number.POSITIVE_INFINITY, 200),
  reclaimLeaks: fc.boolean(),
})
/** Delays of the calls of the adapter, and whether creates fail, in turn. */
const fates = fc.record({
  create: fc.array(
    fc.record({ delayMs: fc.constantFrom(0, 1, 10), fails: fc.constantFrom(false, false, false, true) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  ),
  destroyMs: fc.constantFrom(0, 0, 5),
  validate: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
  resets: fc.boolean(),
})

class Run {
  readonly clock: FakeClock = createFakeClock()
  readonly pool: Pool<Resource>
  readonly resources: Resource[] = []
  readonly live = new Map<Lease<Resource>, Resource>()
  readonly waiting: { tenant: string | undefined; order: number; settled: boolean; controller: AbortController }[] = []
  readonly served = new Map<string | undefined, number>()
  readonly problems: string[] = []
  readonly isSafe: boolean
  maxSize: number
  #order = 0
  #creates = 0
  #validates = 0

  constructor(
    given: CreatePoolOptions,
    fate: {
      readonly create: readonly { readonly delayMs: number; readonly fails: boolean }[]
      readonly destroyMs: number
      readonly validate: readonly boolean[]
      readonly resets: boolean
    },
    isSafe: boolean,
  ) {
    this.isSafe = isSafe
    this.maxSize = given.maxSize ?? 1
    const delay = (ms: number): Promise<void> =>
      ms === 0 ? Promise.resolve() : new Promise((resolve) => void this.clock.setTimer(resolve, ms))
    this.pool = createPool<Resource>(
      {
        name: 'apart',
        isolatesTenants: isSafe,
        create: async () => {
          const { size, creating } = this.pool.statistics()
          if (size + creating > this.maxSize) this.problems.push(`${size + creating} of ${this.maxSize}`)
          const { delayMs, fails } = fate.create[this.#creates++ % fate.create.length] ?? { delayMs: 0, fails: false }
          await delay(delayMs)
          if (fails) throw new Error('could not be made')
          const resource = { number: this.resources.length + 1, users: new Set<string>(), isHeld: false, destroys: 0 }
          this.resources.push(resource)
          return resource
        },
        destroy: async (resource) => {
          if (resource.isHeld) this.#forgetRevoked()
          if (resource.isHeld) this.problems.push(`destroy of ${resource.number} while somebody holds it`)
          resource.destroys += 1
          await delay(fate.destroyMs)
        },
        validate: async () => fate.validate[this.#validates++ % fate.validate.length] ?? true,
        ...(fate.resets ? { reset: async () => {} } : {}),
      },
      { ...given, separateTenants: true, clock: this.clock, random: () => 0.5 },
    )
  }

  take(given: Step): void {
    const held = [...this.live.keys()]
    const open = this.waiting.filter(({ settled }) => !settled)
    switch (given.do) {
      case 'acquire': {
        const waiting = {
          tenant: given.tenant,
          order: this.#order++,
          settled: false,
          controller: new AbortController(),
        }
        this.waiting.push(waiting)
        this.pool.acquire({ tenant: given.tenant, timeoutMs: given.timeoutMs, signal: waiting.controller.signal }).then(
          (lease) => {
            waiting.settled = true
            const before = this.served.get(given.tenant) ?? -1
            if (waiting.order < before) this.problems.push(`${waiting.order} was overtaken by ${before} of its tenant`)
            this.served.set(given.tenant, waiting.order)
            this.hold(lease, given.tenant)
          },
          () => {
            waiting.settled = true
          },
        )
        return
      }
      case 'try': {
        const lease = this.pool.tryAcquire({ tenant: given.tenant })
        if (lease !== undefined) this.hold(lease, given.tenant)
        return
      }
      case 'abort':
        open[given.pick % Math.max(1, open.length)]?.controller.abort()
        return
      case 'resize':
        this.maxSize = given.maxSize
        this.pool.resize({ maxSize: given.maxSize, minSize: 0 })
        return
      case 'epoch':
        this.pool.advanceEpoch()
        return
      case 'health':
        this.pool.health({ deadline: this.clock.monotonicNow() + 30 }).catch(() => {})
        return
      case 'advance':
        return
      default: {
        const lease = held[given.pick % Math.max(1, held.length)]
        if (lease === undefined) return
        this.#end(lease)
        if (given.do === 'destroy') lease.destroy()
        else if (given.do === 'dispose') lease[Symbol.dispose]()
        else lease.release()
      }
    }
  }

  hold(lease: Lease<Resource>, user: string | undefined): void {
    const { resource } = lease
    if (resource.isHeld) this.problems.push(`${resource.number} is held twice`)
    resource.isHeld = true
    resource.users.add(user ?? 'nobody')
    if (!this.isSafe && resource.users.size > 1) {
      this.problems.push(`${resource.number} went from one to another: ${[...resource.users].join(', ')}`)
    }
    this.live.set(lease, resource)
  }

  check(): void {
    this.#forgetRevoked()
    const now = this.pool.statistics()
    expect(this.problems).toEqual([])
    expect(now.idle + now.leased + now.validating + now.resetting + now.destroying).toBe(now.size)
    // The pool's own probes wait too.
    expect(now.waiting).toBeGreaterThanOrEqual(this.waiting.filter(({ settled }) => !settled).length)
  }

  #forgetRevoked(): void {
    for (const lease of [...this.live.keys()]) {
      try {
        expect(lease.resource).toBeDefined()
      } catch {
        this.#end(lease)
      }
    }
  }

  #end(lease: Lease<Resource>): void {
    const resource = this.live.get(lease)
    if (resource !== undefined) resource.isHeld = false
    this.live.delete(lease)
  }
}

it('gives no resource from one tenant to another, forgets nobody and makes no more than maxSize, whatever happens', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      options,
      fates,
      fc.constantFrom(false, false, false, true),
      fc.array(step, { maxLength: 60 }),
      async (given, fate, isSafe, steps) => {
        const run = new Run(given, fate, isSafe)
        for (const each of steps) {
          run.take(each)
          if (each.do === 'advance') await run.clock.advanceAsync(each.byMs)
          else await Promise.resolve()
          if (each.do === 'advance') run.check()
        }
        await run.clock.advanceAsync(0)
        run.check()
        const closed = run.pool.close({ deadlineMs: 0 })
        await run.clock.advanceAsync(5000)
        await closed
        expect(run.problems).toEqual([])
        expect(run.resources.map(({ destroys }) => destroys)).toEqual(run.resources.map(() => 1))
        expect(run.clock.pendingTimers).toBe(0)
        expect(run.waiting.every(({ settled }) => settled)).toBe(true)
      },
    ),
    { numRuns: 1000 },
  )
})

it('lets nobody starve: where leases come back and creates succeed, everybody gets one', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('lifo' as const, 'fifo' as const, 'adaptive' as const),
      fc.array(
        fc.record({ tenant, holdMs: fc.integer({ min: 0, max: 20 }), afterMs: fc.integer({ min: 0, max: 5 }) }),
        {
          minLength: 1,
          maxLength: 60,
        },
      ),
      fc.constantFrom(0, 7),
      fc.constantFrom(1, 0.4),
      async (maxSize, order, users, createMs, maxTenantShare) => {
        const run = new Run(
          { maxSize, order, maxTenantShare, acquireTimeoutMs: Number.POSITIVE_INFINITY },
          { create: [{ delayMs: createMs, fails: false }], destroyMs: 3, validate: [true], resets: false },
          false,
        )
        let served = 0
        for (const { tenant, holdMs, afterMs } of users) {
          await run.clock.advanceAsync(afterMs)
          run.pool.acquire({ tenant }).then((lease) => {
            served += 1
            run.hold(lease, tenant)
            run.clock.setTimer(() => {
              lease.resource.isHeld = false
              run.live.delete(lease)
              lease.release()
            }, holdMs)
          })
        }
        // Each needs no more than its time, an end and a create, one after the other.
        await run.clock.advanceAsync(users.length * (20 + 3 + 7 + 50))
        expect(served).toBe(users.length)
        run.check()
      },
    ),
    { numRuns: 500 },
  )
})
