import { randomUUID } from 'node:crypto'
import { HoldfastError } from '@holdfast/contracts'
import { describeWithServer } from '@holdfast/test-servers'
import { createTcpProxy, type TcpFault, type TcpRefusal } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { circuitBreaker, type Policy, retry, standard, timeout, type Work } from '../src/index.ts'
import { startLoopWatch } from './loop-watch.ts'
import { printFigure } from './print-figure.ts'
import { askOnNewConnection, type KeptConnection, openConnection } from './redis-calls.ts'

/** What a call may come later than its deadline, beside what the event loop itself was late: the goal of the package. */
const schedulingMs = 50
const timeoutMs = 300
const policy = { retries: 3, baseDelayMs: 20 } as const
/** Never opens here: what is asked is how long calls take that are made. */
const patient = { trip: { kind: 'consecutive', failures: 10_000 } } as const

const stacks: readonly (readonly [string, () => Policy['execute']])[] = [
  ['standard', () => standard({ timeoutMs, retry: policy, breaker: patient }).execute],
  [
    'the three composed',
    () => {
      const [outer, middle, inner] = [timeout({ timeoutMs }), retry({ policy }), circuitBreaker(patient)]
      return (work, options) =>
        outer.execute(
          (call) => middle.execute((attempt) => inner.execute(work, { ...options, ...attempt }), call),
          options,
        )
    },
  ],
]

const silent: readonly (readonly [string, TcpFault])[] = [
  ['stalls', { kind: 'stall' }],
  ['drops everything', { kind: 'drop' }],
  ['drops the answers', { kind: 'drop', direction: 'to-client' }],
  ['delivers a byte a second', { kind: 'slow', bytesPerSecond: 1 }],
  ['is late by more than the deadline', { kind: 'slow', latencyMs: 10_000 }],
  ['is half open', { kind: 'half-open' }],
  ['stops in the middle of an answer', { kind: 'cut', afterBytes: 20, followedBy: { kind: 'stall' } }],
]
const loud: readonly (readonly [string, TcpFault | TcpRefusal])[] = [
  ['resets', { kind: 'reset' }],
  ['resets in the middle of an answer', { kind: 'cut', afterBytes: 20 }],
  ['refuses', { kind: 'refuse' }],
]

describeWithServer('redis', (server) => {
  const redisUrl = server.settings.REDIS_URL ?? ''
  let proxy: Awaited<ReturnType<typeof createTcpProxy>>
  let kept: KeptConnection[]
  const key = `resilience-${randomUUID()}`
  beforeEach(async () => {
    proxy = await createTcpProxy({ target: redisUrl })
    kept = await Promise.all(Array.from({ length: 4 }, () => openConnection(proxy.through(redisUrl))))
    await kept[0]?.set(key, 'x'.repeat(1000))
  })
  afterEach(async () => {
    for (const connection of kept) connection.disconnect()
    await proxy.close()
  })

  /** 60 calls, four of five on connections that were there before the fault, with deadlines from 100 to 300 ms: their codes, and the latest. */
  const callsDuring = async (
    fault: TcpFault | TcpRefusal,
    execute: Policy['execute'],
  ): Promise<{ readonly codes: ReadonlySet<string>; readonly lateMs: number }> => {
    const watch = startLoopWatch()
    await proxy.setFault(fault)
    const url = proxy.through(redisUrl)
    const calls = Array.from({ length: 60 }, async (_, index) => {
      const work: Work<string | null> =
        index % 5 === 4 ? askOnNewConnection(url, key) : (kept[index % 4]?.ask(key) ?? expect.unreachable())
      const startedAt = performance.now()
      const deadline = startedAt + Math.min(timeoutMs, 100 + index * 4)
      const code = await execute(work, { deadline }).then(
        () => 'OK',
        (error: unknown) => (HoldfastError.is(error) ? error.code : String(error)),
      )
      return { code, deadline, settledAt: performance.now() }
    })
    const settled = await Promise.all(calls)
    await watch.stop()
    const late = settled.map(({ deadline, settledAt }) => settledAt - deadline - watch.blockedMs(deadline, settledAt))
    return { codes: new Set(settled.map(({ code }) => code)), lateMs: Math.max(...late) }
  }

  for (const [stack, create] of stacks) {
    it.each(silent)(`no call inside ${stack} outlives its deadline when Redis %s`, async (what, fault) => {
      const { codes, lateMs } = await callsDuring(fault, create())
      printFigure(`latest call after its deadline, ${stack}, Redis ${what}`, `${lateMs.toFixed(1)} ms`)
      expect(codes).toEqual(new Set(['TIMEOUT']))
      expect(lateMs).toBeLessThan(schedulingMs)
    })

    it.each(loud)(`no call inside ${stack} outlives its deadline when Redis %s`, async (_, fault) => {
      const { codes, lateMs } = await callsDuring(fault, create())
      expect(codes).toContain('UNAVAILABLE')
      expect(codes).not.toContain('OK')
      expect(lateMs).toBeLessThan(schedulingMs)
    })
  }

  it('hears of the deadline in time when the loop is busy: the watch tells the two apart', async () => {
    const watch = startLoopWatch()
    const from = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 1))
    const busyUntil = performance.now() + 80
    while (performance.now() < busyUntil);
    await new Promise((resolve) => setTimeout(resolve, 1))
    await watch.stop()
    expect(watch.blockedMs(from, performance.now())).toBeGreaterThan(60)
    expect(watch.blockedMs(busyUntil + 10_000, busyUntil + 20_000)).toBe(0)
  })
})
