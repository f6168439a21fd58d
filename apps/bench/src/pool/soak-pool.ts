import { setTimeout as delay } from 'node:timers/promises'
import { HoldfastError } from '@holdfast/contracts'
import type { Lease, Pool } from '@holdfast/contracts/resources'
import { createPool } from '@holdfast/resource-pool'
import { createSeededRandom } from '@holdfast/testkit'
import type { SoakOptions, SoakVerdict } from '../soak.ts'
import { createFaultyAdapter, type WatchedResource } from './faulty-adapter.ts'
import { type HeapSample, heapSlope, sampleHeap } from './heap-slope.ts'

/** Callers that come again and again. */
const callers = 200
/** The heap is not judged before this, in milliseconds: until then code is compiled and buffers find their size. */
const settlingMs = 30_000
/** How much the heap may grow in a minute, in per cent. */
const maxSlope = 1

/** What the callers saw. */
interface Seen {
  acquisitions: number
  shared: number
  afterDestroy: number
  /** Codes of acquires that failed. */
  readonly failures: Map<string, number>
  /** Leases that were kept on purpose, to be taken back. */
  kept: number
  unexpected: string[]
}

/** Two hundred callers do everything that can be done to a pool whose adapter fails in every way, while the server goes down now and then. */
export const soakPool = async ({ minutes, seed }: SoakOptions): Promise<readonly SoakVerdict[]> => {
  const random = createSeededRandom(seed)
  const adapter = createFaultyAdapter(random)
  const pool = createPool(adapter, {
    maxSize: 20,
    minSize: 2,
    maxConcurrentCreates: 4,
    acquireTimeoutMs: 500,
    createTimeoutMs: 100,
    validateTimeoutMs: 50,
    resetTimeoutMs: 50,
    destroyTimeoutMs: 100,
    idleTimeoutMs: 200,
    keepAliveMs: 100,
    maxLifetimeMs: 2000,
    maxUses: 500,
    validateIdleLongerThanMs: 5,
    leakDetectionMs: 300,
    reclaimLeaks: true,
  })
  const seen: Seen = { acquisitions: 0, shared: 0, afterDestroy: 0, failures: new Map(), kept: 0, unexpected: [] }
  const startedAt = performance.now()
  const endsAt = startedAt + minutes * 60_000
  const samples: HeapSample[] = []
  const isOver = (): boolean => performance.now() >= endsAt

  const watch = async (): Promise<void> => {
    while (!isOver()) {
      await delay(1000)
      samples.push(sampleHeap(startedAt))
      const second = Math.round((performance.now() - startedAt) / 1000)
      adapter.isDown = second % 20 >= 18
      if (second % 7 === 0) pool.resize({ maxSize: 5 + Math.floor(random() * 20), minSize: Math.floor(random() * 3) })
      if (second % 11 === 0) pool.retain(() => random() < 0.5)
      if (second % 13 === 0) pool.advanceEpoch()
      if (second % 30 === 0) report(pool, seen, second, samples.at(-1))
    }
  }
  await Promise.all([watch(), ...Array.from({ length: callers }, () => call(pool, random, seen, isOver))])
  const { leaks, destroys, waiting } = pool.statistics()
  await pool.close({ deadlineMs: 1000 })
  // A create that was given up may come late, and is destroyed when it does.
  await delay(1000)
  return [
    { what: `no resource in two leases (${seen.acquisitions} acquires)`, holds: seen.shared === 0 },
    { what: 'no resource leased after its destroy', holds: seen.afterDestroy === 0 },
    {
      what: `every resource destroyed once (${adapter.made} made)`,
      holds: adapter.live.size + adapter.doubleDestroys === 0,
    },
    {
      what: `every kept lease was taken back (${seen.kept} kept, ${destroys.leaked} taken)`,
      holds: destroys.leaked >= seen.kept - 1 && leaks >= seen.kept - 1,
    },
    {
      what: `nobody waits any more, nothing is held (${[...seen.failures].map(([code, count]) => `${code} ${count}`).join(', ')})`,
      holds: waiting + pool.statistics().leased + pool.statistics().size === 0,
    },
    {
      what: `nothing unexpected was thrown${seen.unexpected.length === 0 ? '' : `: ${seen.unexpected.slice(0, 3).join('; ')}`}`,
      holds: seen.unexpected.length === 0,
    },
    slopeVerdict(samples),
  ]
}

const slopeVerdict = (samples: readonly HeapSample[]): SoakVerdict => {
  const settled = samples.filter(({ atMs }) => atMs >= settlingMs)
  if (settled.length < 20)
    return { what: `heap not judged: that takes more than ${settlingMs / 1000 + 20} s`, holds: true }
  const slope = heapSlope(settled)
  return { what: `heap grows by less than ${maxSlope} % a minute: ${slope.toFixed(2)} %`, holds: slope < maxSlope }
}

const report = (pool: Pool<WatchedResource>, seen: Seen, second: number, sample: HeapSample | undefined): void => {
  const { creates, createFailures, timeouts, leased, waiting, maxSize } = pool.statistics()
  const megabytes = ((sample?.bytes ?? 0) / 2 ** 20).toFixed(1)
  console.log(
    `${second} s: ${seen.acquisitions} acquires, ${timeouts} timeouts, ${creates} creates, ${createFailures} failed; ${leased} of ${maxSize} out, ${waiting} wait; heap ${megabytes} MB`,
  )
}

/** One caller: acquires in every way there is, and ends its lease in every way, until it is over. */
const call = async (
  pool: Pool<WatchedResource>,
  random: () => number,
  seen: Seen,
  isOver: () => boolean,
): Promise<void> => {
  while (!isOver()) {
    try {
      const dice = random()
      if (dice < 0.2) await pool.use((resource) => hold(resource, random, seen), { timeoutMs: 50 })
      else if (dice < 0.3) await withUsing(pool, random, seen)
      else if (dice < 0.35) end(pool.tryAcquire(), random, seen)
      else if (dice < 0.5) end(await pool.acquire({ signal: abortingAfter(random() * 5) }), random, seen)
      else {
        const tenant = random() < 0.5 ? 'a' : 'b'
        await forgettingOnError(await pool.acquire({ tenant }), random, seen)
      }
    } catch (error) {
      note(error, seen)
    }
    await delay(random() * 3)
  }
}

/** As people write it: who throws before the release keeps the lease. */
const forgettingOnError = async (lease: Lease<WatchedResource>, random: () => number, seen: Seen): Promise<void> => {
  seen.kept += 1
  await hold(lease.resource, random, seen)
  seen.kept -= 1
  end(lease, random, seen)
}

const withUsing = async (pool: Pool<WatchedResource>, random: () => number, seen: Seen): Promise<void> => {
  using lease = await pool.acquire()
  await hold(lease.resource, random, seen)
}

const abortingAfter = (delayMs: number): AbortSignal => {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), delayMs)
  return controller.signal
}

/** Uses a resource for a moment, alone. */
const hold = async (resource: WatchedResource, random: () => number, seen: Seen): Promise<void> => {
  seen.acquisitions += 1
  if (resource.holders > 0) seen.shared += 1
  if (resource.destroys > 0) seen.afterDestroy += 1
  resource.holders += 1
  if (random() < 0.5) await delay(random() * 2)
  else await undefined
  resource.holders -= 1
  if (random() < 0.01) throw new Error(random() < 0.5 ? 'broken' : 'a failed statement')
}

const end = (lease: Lease<WatchedResource> | undefined, random: () => number, seen: Seen): void => {
  const dice = random()
  if (dice < 0.9) lease?.release()
  else if (dice < 0.95) lease?.destroy()
  else if (dice < 0.9505 && lease !== undefined) {
    seen.kept += 1
    return
  } else lease?.[Symbol.dispose]()
  // Late, and once too often: it must not harm whoever has the resource by then.
  if (random() < 0.1) setTimeout(() => lease?.release(), random() * 5)
}

const note = (error: unknown, seen: Seen): void => {
  if (HoldfastError.is(error)) {
    const name = error.reason ?? error.code
    seen.failures.set(name, (seen.failures.get(name) ?? 0) + 1)
    if (!['ACQUIRE_TIMEOUT', 'CANCELLED', 'CLOSED'].includes(name)) seen.unexpected.push(error.message)
  } else if (!(error instanceof Error && ['broken', 'a failed statement'].includes(error.message))) {
    seen.unexpected.push(String(error))
  }
}
