import type { Lease, Pool } from '@holdfast/contracts/resources'
import { createFakeClock, type FakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type CreatePoolOptions, createPool } from '../src/index.ts'

/** What can be done to a pool. `pick` chooses among what there is at that moment. */
type Step =
  | { readonly do: 'acquire' | 'acquire with signal'; readonly timeoutMs: number; readonly tenant: string | undefined }
  | { readonly do: 'try' }
  | {
      readonly do: 'release' | 'release twice' | 'dispose' | 'destroy' | 'abort' | 'use a dead lease'
      readonly pick: number
    }
  | { readonly do: 'advance'; readonly byMs: number }
  | { readonly do: 'resize'; readonly maxSize: number }
  | { readonly do: 'retain'; readonly pick: number }
  | { readonly do: 'epoch'; readonly maxDrainMs: number }
  | { readonly do: 'start' | 'drain' }

/** How a call of the adapter goes, in turn. */
interface Fate {
  readonly kind: 'works' | 'fails' | 'throws' | 'hangs' | 'late'
  readonly delayMs: number
}

interface Resource {
  readonly number: number
  destroys: number
  isHeld: boolean
}

interface Waiting {
  readonly order: number
  readonly tenant: string | undefined
  readonly controller: AbortController | undefined
  settled: boolean
}

const pick = fc.nat(100)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('acquire' as const, 'acquire with signal' as const),
      timeoutMs: fc.constantFrom(5, 50, 500),
      tenant: fc.constantFrom(undefined, undefined, 'a', 'b'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'try' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('release', 'release twice', 'dispose', 'destroy', 'abort', 'use a dead lease'),
      pick,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance' as const), byMs: fc.constantFrom(0, 1, 3, 20, 100, 700) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resize' as const), maxSize: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retain' as const), pick }) },
  { weight: 1, arbitrary: fc.constant({ do: 'start' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('epoch' as const),
      maxDrainMs: fc.constantFrom(Number.POSITIVE_INFINITY, 0, 30),
    }),
  },
)
const fate: fc.Arbitrary<Fate> = fc.record({
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant('works' as const) },
    { weight: 2, arbitrary: fc.constantFrom('fails' as const, 'throws' as const, 'hangs' as const, 'late' as const) },
  ),
  delayMs: fc.constantFrom(0, 0, 1, 10, 60),
})
const options: fc.Arbitrary<CreatePoolOptions> = fc.record({
  maxSize: fc.integer({ min: 1, max: 4 }),
  minSize: fc.constantFrom(0, 1),
  minIdle: fc.constantFrom(0, 0, 1),
  maxConcurrentCreates: fc.integer({ min: 1, max: 3 }),
  maxUses: fc.constantFrom(Number.POSITIVE_INFINITY, 2),
  maxLifetimeMs: fc.constantFrom(Number.POSITIVE_INFINITY, 300),
  idleTimeoutMs: fc.constantFrom(Number.POSITIVE_INFINITY, 100),
  keepAliveMs: fc.constantFrom(Number.POSITIVE_INFINITY, 80),
  validateIdleLongerThanMs: fc.constantFrom(0, 20, Number.POSITIVE_INFINITY),
  order: fc.constantFrom('lifo' as const, 'fifo' as const, 'adaptive' as const),
  leakDetectionMs: fc.constantFrom(Number.POSITIVE_INFINITY, 200),
  reclaimLeaks: fc.boolean(),
})

/** Times of the adapter's calls: short, so that calls that hang end within the run. */
const times = { createTimeoutMs: 40, validateTimeoutMs: 30, resetTimeoutMs: 30, destroyTimeoutMs: 30 }

/** Plays the fates of one kind of call in turn. */
const player = (fates: readonly Fate[], clock: FakeClock) => {
  let turn = 0
  return <R>(answer: () => R): Promise<R> => {
    const { kind, delayMs } = fates[turn++ % fates.length] ?? { kind: 'works', delayMs: 0 }
    if (kind === 'throws') throw new Error('thrown at once')
    if (kind === 'hangs') return new Promise(() => {})
    return new Promise((resolve, reject) => {
      const end = (): void => (kind === 'fails' ? reject(new Error('failed')) : resolve(answer()))
      if (delayMs === 0 && kind !== 'late') queueMicrotask(end)
      else clock.setTimer(end, kind === 'late' ? 200 + delayMs : delayMs)
    })
  }
}

/** The pool with what a simple model knows: who holds what, who waits since when, what was destroyed. */
class Run {
  readonly clock = createFakeClock()
  readonly resources: Resource[] = []
  readonly live = new Map<Lease<Resource>, Resource>()
  readonly dead: Lease<Resource>[] = []
  readonly waiting: Waiting[] = []
  /** The order in which each tenant's callers came that got a lease. */
  readonly served = new Map<string | undefined, number[]>()
  readonly pool: Pool<Resource>
  calls = 0
  settled = 0
  maxSize: number
  problems: string[] = []
  #order = 0

  constructor(
    given: CreatePoolOptions,
    fates: Readonly<Record<'create' | 'validate' | 'reset' | 'destroy', readonly Fate[]>>,
    has: { readonly validate: boolean; readonly reset: boolean },
  ) {
    this.maxSize = given.maxSize ?? 1
    const [create, validate, reset, destroy] = [
      player(fates.create, this.clock),
      player(fates.validate, this.clock),
      player(fates.reset, this.clock),
      player(fates.destroy, this.clock),
    ]
    const untouched = (resource: Resource, what: string): void => {
      if (resource.destroys > 0) this.problems.push(`${what} of ${resource.number} after its destroy`)
      this.#forgetRevoked()
      if (resource.isHeld) this.problems.push(`${what} of ${resource.number} while somebody holds it`)
    }
    this.pool = createPool<Resource>(
      {
        name: 'model',
        create: () => {
          const { size, creating } = this.pool.statistics()
          if (size + creating > this.maxSize) this.problems.push(`${size + creating} of ${this.maxSize}`)
          return create(() => {
            const resource = { number: this.resources.length + 1, destroys: 0, isHeld: false }
            this.resources.push(resource)
            return resource
          })
        },
        destroy: (resource) => {
          untouched(resource, 'destroy')
          resource.destroys += 1
          return destroy(() => {})
        },
        ...(has.validate
          ? {
              validate: (resource: Resource) => {
                untouched(resource, 'validate')
                return validate(() => true)
              },
            }
          : {}),
        ...(has.reset
          ? {
              reset: (resource: Resource) => {
                untouched(resource, 'reset')
                return reset(() => {})
              },
            }
          : {}),
      },
      { ...given, ...times, clock: this.clock, random: () => 0.5 },
    )
    this.watchEpochs()
  }

  acquire(timeoutMs: number, tenant: string | undefined, hasSignal: boolean): void {
    const controller = hasSignal ? new AbortController() : undefined
    const waiting: Waiting = { order: this.#order++, tenant, controller, settled: false }
    this.waiting.push(waiting)
    this.calls += 1
    this.pool.acquire({ timeoutMs, tenant, signal: controller?.signal }).then(
      (lease) => {
        this.#settle(waiting)
        this.hold(lease)
        const orders = this.served.get(tenant) ?? []
        this.served.set(tenant, orders)
        if (waiting.order < (orders.at(-1) ?? -1))
          this.problems.push(`${waiting.order} was overtaken by ${orders.at(-1)}`)
        orders.push(waiting.order)
      },
      () => this.#settle(waiting),
    )
  }

  hold(lease: Lease<Resource>): void {
    const { resource } = lease
    if (resource.isHeld) this.problems.push(`${resource.number} is held twice`)
    if (resource.destroys > 0) this.problems.push(`${resource.number} is held after its destroy`)
    resource.isHeld = true
    this.live.set(lease, resource)
  }

  take(step: Step): void {
    const held = [...this.live.keys()]
    const open = this.waiting.filter(({ settled, controller }) => !settled && controller !== undefined)
    switch (step.do) {
      case 'acquire':
      case 'acquire with signal':
        this.acquire(step.timeoutMs, step.tenant, step.do === 'acquire with signal')
        return
      case 'try': {
        const lease = this.pool.tryAcquire()
        if (lease !== undefined) this.hold(lease)
        return
      }
      case 'release':
      case 'release twice':
      case 'dispose':
      case 'destroy': {
        const lease = held[step.pick % Math.max(1, held.length)]
        if (lease === undefined) return
        this.#end(lease)
        if (step.do === 'destroy') lease.destroy(new Error('broken'))
        else if (step.do === 'dispose') lease[Symbol.dispose]()
        else lease.release()
        if (step.do === 'release twice') lease.release()
        return
      }
      case 'use a dead lease': {
        const lease = this.dead[step.pick % Math.max(1, this.dead.length)]
        lease?.release()
        lease?.destroy()
        return
      }
      case 'abort':
        open[step.pick % Math.max(1, open.length)]?.controller?.abort()
        return
      case 'resize':
        this.maxSize = step.maxSize
        this.pool.resize({ maxSize: step.maxSize, minSize: 0, minIdle: 0 })
        return
      case 'retain':
        this.pool.retain(({ id }) => Number(id.split('#')[1]) % 3 !== step.pick % 3)
        return
      case 'epoch':
        this.pool.advanceEpoch({ maxDrainMs: step.maxDrainMs })
        return
      case 'start':
        this.pool.start({ deadline: this.clock.monotonicNow() + 50 }).catch(() => {})
    }
  }

  /** Nothing of an epoch is left when its successor is told to be drained, and that is told once. */
  watchEpochs(): void {
    const drained = new Set<number>()
    this.pool.on('epoch.drained', ({ epoch }) => {
      if (drained.has(epoch)) this.problems.push(`the drain of ${epoch} was told twice`)
      drained.add(epoch)
      for (const instance of this.pool.instances()) {
        if (instance.epoch < epoch) this.problems.push(`${instance.id} outlived the drain of ${epoch}`)
      }
    })
    this.pool.on('resource.created', (created) => {
      if ([...drained].some((epoch) => created.epoch < epoch)) this.problems.push(`${created.id} came after its drain`)
    })
  }

  /** What holds at every moment. */
  check(): void {
    this.#forgetRevoked()
    const now = this.pool.statistics()
    expect(this.problems).toEqual([])
    expect(now.leased).toBe(this.live.size)
    expect(now.idle + now.leased + now.validating + now.resetting + now.destroying).toBe(now.size)
    expect(now.idle).toBeGreaterThanOrEqual(0)
    // Nobody waits beside a resource that is free.
    if (now.waiting > now.creating + now.validating + now.resetting) expect(now.idle).toBe(0)
    expect(now.waiting).toBe(this.waiting.filter(({ settled }) => !settled).length)
  }

  /** A lease that was taken back, as a leak or at close, is nobody's any more. */
  #forgetRevoked(): void {
    for (const lease of [...this.live.keys()]) {
      try {
        expect(lease.resource).toBeDefined()
      } catch {
        this.#end(lease)
      }
    }
  }

  #settle(waiting: Waiting): void {
    waiting.settled = true
    this.settled += 1
  }

  #end(lease: Lease<Resource>): void {
    const resource = this.live.get(lease)
    if (resource !== undefined) resource.isHeld = false
    this.live.delete(lease)
    this.dead.push(lease)
  }
}

const acquire: Step = { do: 'acquire', timeoutMs: 500, tenant: undefined }
const works = (delayMs: number): readonly Fate[] => [{ kind: 'works', delayMs }]
/**
 * What once went wrong: the pool grows for a second caller and shrinks again before its resource is made, and each resource is
 * checked before each use. What has just been made was checked for ever, and one too many was lent.
 */
const shrinkingWhileCreating = [0, 10].map(
  (createMs): Parameters<typeof play> => [
    { maxSize: 1, maxConcurrentCreates: 2, validateIdleLongerThanMs: 0 },
    { create: works(createMs), validate: works(0), reset: works(0), destroy: works(1) },
    { validate: true, reset: false },
    [
      acquire,
      { do: 'resize', maxSize: 2 },
      acquire,
      { do: 'resize', maxSize: 1 },
      { do: 'advance', byMs: 20 },
      { do: 'release', pick: 0 },
      { do: 'advance', byMs: 20 },
      { do: 'release', pick: 0 },
      { do: 'advance', byMs: 20 },
    ],
    100,
  ],
)

/** Takes the steps one after the other, closes the pool, and looks whether everything is over. */
const play = async (
  given: CreatePoolOptions,
  adapterFates: Readonly<Record<'create' | 'validate' | 'reset' | 'destroy', readonly Fate[]>>,
  has: { readonly validate: boolean; readonly reset: boolean },
  steps: readonly Step[],
  closeDeadlineMs: number,
): Promise<Run> => {
  const run = new Run({ ...given, minIdle: Math.min(given.minIdle ?? 0, given.maxSize ?? 1) }, adapterFates, has)
  for (const each of steps) {
    run.take(each)
    if (each.do === 'advance') await run.clock.advanceAsync(each.byMs)
    else await Promise.resolve()
    // Promises that were settled have told their callers by then.
    if (each.do === 'advance') run.check()
  }
  await run.clock.advanceAsync(0)
  run.check()
  const closed = run.pool.close({ deadlineMs: closeDeadlineMs })
  await run.clock.advanceAsync(closeDeadlineMs + 2 * times.destroyTimeoutMs + 1)
  await closed
  expect(run.problems).toEqual([])
  expect(run.settled).toBe(run.calls)
  // What comes late is destroyed when it comes.
  await run.clock.advanceAsync(1000)
  expect(run.resources.map(({ destroys }) => destroys)).toEqual(run.resources.map(() => 1))
  expect(run.clock.pendingTimers).toBe(0)
  expect(run.pool.statistics()).toMatchObject({ size: 0, leased: 0, waiting: 0, creating: 0 })
  return run
}

it.each(shrinkingWhileCreating)(
  'serves both callers of a pool that shrinks while it creates, case %#',
  async (...example) => {
    const run = await play(...example)
    expect([...run.served.values()].flat()).toEqual([0, 1])
  },
)

it('never shares, loses or forgets anything, whatever the adapter and the callers do', {
  timeout: 300_000,
}, async () => {
  const fates = fc.array(fate, { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(
      options,
      fc.record({ create: fates, validate: fates, reset: fates, destroy: fates }),
      fc.record({ validate: fc.boolean(), reset: fc.boolean() }),
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(0, 100),
      async (...example) => {
        await play(...example)
      },
    ),
    { numRuns: 1000 },
  )
})
