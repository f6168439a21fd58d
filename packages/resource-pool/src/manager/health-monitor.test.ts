import {
  type CallOptions,
  createEventHub,
  type HealthReport,
  type HealthStatus,
  HoldfastError,
} from '@holdfast/contracts'
import { createFakeClock, createSecretScanner } from '@holdfast/testkit'
import { describe, expect, it, vi } from 'vitest'
import type { HealthCheckOptions } from './health-check-options.ts'
import { createHealthMonitor, type HealthMonitorOptions } from './health-monitor.ts'
import type { HealthTarget } from './health-target.ts'
import type { ManagerEvents } from './manager-events.ts'

// Time is fake here: what hangs must not wait for the minute that tests of servers have.
vi.setConfig({ testTimeout: 5000 })

type Answer = HealthStatus | 'hangs' | Error

/** A target whose answers are set from outside, and that notes what it is told. */
const createTarget = (name: string, options: HealthCheckOptions = {}) => {
  const told: string[] = []
  const target = {
    name,
    options: { intervalMs: 1000, jitter: 0, timeoutMs: 200, ...options },
    answer: 'up' as Answer,
    asked: 0,
    askedAt: [] as number[],
    signals: [] as AbortSignal[],
    isRunning: true,
    told,
    /** Ends the probes that hang. */
    release: [] as ((report: HealthReport) => void)[],
    isDue: () => target.isRunning,
    probe({ signal }: CallOptions): Promise<HealthReport> {
      target.asked += 1
      if (signal !== undefined) target.signals.push(signal)
      const { answer } = target
      if (answer instanceof Error) return Promise.reject(answer)
      if (answer === 'hangs') return new Promise((resolve) => target.release.push(resolve))
      return Promise.resolve(report(answer))
    },
    onUp: () => told.push('up'),
    onDegraded: () => told.push('degraded'),
    onDown: () => told.push('down'),
    onGivenUp: () => told.push('given up'),
  }
  return target satisfies HealthTarget
}

const report = (status: HealthStatus): HealthReport => ({
  status,
  ...(status === 'up' ? {} : { reason: `it is ${status}` }),
  latencyMs: 3,
  checkedAt: '2026-01-01T00:00:00.000Z',
})

const monitorOf = (targets: readonly HealthTarget[], options: HealthMonitorOptions = {}) => {
  const clock = createFakeClock()
  const monitor = createHealthMonitor({ clock, random: () => 0.5, targets, ...options })
  monitor.start()
  return { clock, monitor }
}

describe('checks', () => {
  it('come once in an interval, and what fails is noticed within one', async () => {
    const db = createTarget('db')
    const { clock, monitor } = monitorOf([db])
    expect(monitor.status('db')).toBeUndefined()
    await clock.advanceAsync(999)
    expect(db.asked).toBe(0)
    await clock.advanceAsync(1)
    expect([db.asked, monitor.status('db'), db.told]).toEqual([1, 'up', ['up']])
    await clock.advanceAsync(8000)
    expect(db.asked).toBe(9)
    db.answer = 'down'
    await clock.advanceAsync(1000)
    expect([monitor.status('db'), db.told]).toEqual(['down', ['up', 'down']])
  })

  it('are counted from the beginning of the last, however long that took', async () => {
    const slow = createTarget('slow')
    const { clock } = monitorOf([slow])
    const begun: number[] = []
    slow.probe = () => {
      begun.push(clock.monotonicNow())
      return new Promise((resolve) => void clock.setTimer(() => resolve(report('up')), 150))
    }
    await clock.advanceAsync(4500)
    expect(begun).toEqual([1000, 2000, 3000, 4000])
  })

  it('of a thousand resources have one timer, come at different times, and never later than an interval', async () => {
    let seed = 1
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const targets = Array.from({ length: 1000 }, (_, index) => createTarget(`db-${index}`, { jitter: 0.2 }))
    const { clock, monitor } = monitorOf(targets, { random })
    const last = new Map<string, number>()
    const gaps: number[] = []
    const moments = new Set<number>()
    for (const target of targets) {
      last.set(target.name, 0)
      target.probe = async () => {
        const now = clock.monotonicNow()
        gaps.push(now - (last.get(target.name) ?? 0))
        last.set(target.name, now)
        moments.add(now)
        return report('up')
      }
    }
    expect(clock.pendingTimers).toBe(1)
    await clock.advanceAsync(3000)
    expect(clock.pendingTimers).toBe(1)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1000)
    expect(moments.size).toBeGreaterThan(2900)
    expect([...last.values()].every((at) => at >= 2000)).toBe(true)
    monitor.close()
    expect(clock.pendingTimers).toBe(0)
  })

  it('are not made while they are not due, and what comes then says nothing', async () => {
    const child = createTarget('child', { recoveryAttempts: 2 })
    const { clock, monitor } = monitorOf([child])
    await clock.advanceAsync(1000)
    child.isRunning = false
    await clock.advanceAsync(10_000)
    expect(child.asked).toBe(1)
    // The parent goes down while the child is asked.
    child.isRunning = true
    child.answer = 'hangs'
    await clock.advanceAsync(1000)
    child.isRunning = false
    await clock.advanceAsync(10_000)
    expect([child.asked, child.told, monitor.status('child')]).toEqual([2, ['up'], 'up'])
    expect(monitor.last('child')?.status).toBe('down')
  })

  it('that reject, throw or answer nonsense are down, with a reason that shows no secret', async () => {
    const scanner = createSecretScanner()
    const secret = scanner.plant('password')
    const ours = new HoldfastError({
      code: 'UNAUTHENTICATED',
      source: 'driver',
      operation: 'health',
      message: `postgres://app:${secret}@db refused.`,
      hint: 'Look at the password.',
    })
    const probes: Record<string, () => Promise<HealthReport>> = {
      ours: () => Promise.reject(ours),
      foreign: () => Promise.reject(new TypeError(`no host for ${secret}`)),
      thrown: () => {
        throw secret
      },
      told: async () => ({ ...report('down'), reason: `token=${secret}` }),
      // Checks of callers without types.
      odd: async () => ({ status: 'great' }) as unknown as HealthReport,
      empty: async () => undefined as unknown as HealthReport,
    }
    const targets = Object.entries(probes).map(([name, probe]) => ({ ...createTarget(name), probe }))
    const lines: unknown[] = []
    const warn = (...line: unknown[]): void => void lines.push(line)
    const logger = { debug: warn, info: warn, warn, error: warn }
    const { clock, monitor } = monitorOf(targets, { logger })
    await clock.advanceAsync(1000)
    const reasons = Object.keys(probes).map((name) => monitor.last(name)?.reason)
    expect(reasons).toEqual([
      'UNAUTHENTICATED: postgres://[redacted]@db refused. Look at the password.',
      'the check threw TypeError',
      'the check threw string',
      'token=[redacted]',
      'the check answered without a status',
      'the check threw TypeError',
    ])
    scanner.look('reasons', reasons)
    scanner.look('log', lines)
    scanner.assertNone()
  })

  it('keep no process alive', async () => {
    const kept: unknown[] = []
    const clock = createFakeClock()
    const watching = {
      ...clock,
      setTimer: (callback: () => void, delayMs: number, options?: { readonly keepAlive?: boolean }) => {
        kept.push(options?.keepAlive)
        return clock.setTimer(callback, delayMs)
      },
    }
    createHealthMonitor({ clock: watching, targets: [createTarget('db')] }).start()
    await clock.advanceAsync(3000)
    expect(kept.length).toBeGreaterThan(3)
    expect(kept.every((each) => each !== true)).toBe(true)
  })
})

describe('a check that hangs', () => {
  it('is down at its timeout, is told to stop, and is not begun again on top of itself', async () => {
    const db = createTarget('db', { downAfter: 2, recoveryDelayMs: 100 })
    const { clock, monitor } = monitorOf([db])
    db.answer = 'hangs'
    await clock.advanceAsync(1199)
    expect([db.signals[0]?.aborted, monitor.last('db')]).toEqual([false, undefined])
    await clock.advanceAsync(1)
    expect(db.signals[0]?.aborted).toBe(true)
    expect(Reflect.get(Object(db.signals[0]?.reason), 'name')).toBe('TimeoutError')
    expect(monitor.last('db')).toMatchObject({ status: 'down', reason: 'no answer within 200 ms', latencyMs: 200 })
    await clock.advanceAsync(800)
    expect(monitor.history('db').map(({ reason }) => reason)).toEqual([
      'no answer within 200 ms',
      'the last check has not ended for 1000 ms',
    ])
    expect([db.asked, db.told]).toEqual([1, ['down']])
    // It has come to an end after all, and that it says up now is no news of now.
    db.release[0]?.(report('up'))
    db.answer = 'up'
    await clock.advanceAsync(500)
    expect([db.asked > 1, monitor.status('db')]).toEqual([true, 'up'])
  })

  it('and never ends is taken for lost after ten timeouts', async () => {
    const db = createTarget('db', { recoveryAttempts: Number.POSITIVE_INFINITY, maxRecoveryDelayMs: 500 })
    const { clock, monitor } = monitorOf([db])
    db.answer = 'hangs'
    await clock.advanceAsync(2999)
    expect(db.asked).toBe(1)
    db.answer = 'up'
    await clock.advanceAsync(1500)
    expect([db.asked > 1, monitor.status('db')]).toEqual([true, 'up'])
  })

  it('is given its time again when it was the event loop that stood still', async () => {
    const fake = createFakeClock()
    let blockedMs = 0
    const clock = { ...fake, monotonicNow: () => fake.monotonicNow() + blockedMs }
    const db = createTarget('db')
    const monitor = createHealthMonitor({ clock, targets: [db] })
    monitor.start()
    db.answer = 'hangs'
    await fake.advanceAsync(1000)
    blockedMs = 5000
    await fake.advanceAsync(200)
    expect(monitor.last('db')).toBeUndefined()
    db.release[0]?.(report('up'))
    await fake.advanceAsync(0)
    expect(monitor.status('db')).toBe('up')
    // But only once.
    db.answer = 'hangs'
    await fake.advanceAsync(1000)
    blockedMs = 10_000
    await fake.advanceAsync(200)
    blockedMs = 15_000
    await fake.advanceAsync(200)
    expect(monitor.status('db')).toBe('down')
  })
})

describe('a quarantined resource', () => {
  it('is asked later and later, half of each delay at random, and taken back after upAfter good answers', async () => {
    const db = createTarget('db', { recoveryDelayMs: 100, maxRecoveryDelayMs: 400, upAfter: 2 })
    const { clock, monitor } = monitorOf([db], { random: () => 0 })
    const askedAt: number[] = []
    const { probe } = db
    db.probe = (options) => {
      askedAt.push(clock.monotonicNow())
      return probe(options)
    }
    db.answer = 'down'
    await clock.advanceAsync(1000 + 50 + 100 + 200 + 200)
    expect(askedAt).toEqual([1000, 1050, 1150, 1350, 1550])
    db.answer = 'up'
    await clock.advanceAsync(200)
    expect(monitor.status('db')).toBe('down')
    await clock.advanceAsync(50)
    expect([monitor.status('db'), db.told]).toEqual(['up', ['down', 'up']])
    // And from then on at the usual pace.
    await clock.advanceAsync(999)
    expect(askedAt).toHaveLength(7)
  })

  it('that did not recover in recoveryAttempts checks is given up, and left alone until it is reset', async () => {
    const db = createTarget('db', { recoveryDelayMs: 100, recoveryAttempts: 3 })
    const { clock, monitor } = monitorOf([db])
    db.answer = 'down'
    await clock.advanceAsync(100_000)
    expect([db.asked, db.told, monitor.isGivenUp('db')]).toEqual([1 + 3, ['down', 'given up'], true])
    db.answer = 'up'
    for (let time = 0; time < 3; time++) expect((await monitor.checkNow('db')).status).toBe('up')
    expect([monitor.status('db'), clock.pendingTimers]).toEqual(['down', 0])
    monitor.reset('db')
    expect([monitor.status('db'), monitor.history('db').length]).toEqual([undefined, 7])
    await clock.advanceAsync(1000)
    expect(db.told).toEqual(['down', 'given up', 'up'])
  })

  it('is given up at once with recoveryAttempts 0, and never with Infinity', async () => {
    const one = createTarget('one', { recoveryAttempts: 0 })
    const other = createTarget('other', { recoveryAttempts: Number.POSITIVE_INFINITY, maxRecoveryDelayMs: 1000 })
    const { clock } = monitorOf([one, other])
    one.answer = 'down'
    other.answer = 'down'
    await clock.advanceAsync(100_000)
    expect([one.told, other.told, other.asked > 90]).toEqual([['down', 'given up'], ['down'], true])
  })

  it('that flaps stays away, and a good answer begins the attempts anew', async () => {
    const db = createTarget('db', { recoveryDelayMs: 100, maxRecoveryDelayMs: 100, recoveryAttempts: 3, upAfter: 2 })
    const { clock, monitor } = monitorOf([db])
    let turn = 0
    db.probe = async () => report(turn++ % 3 === 2 ? 'up' : 'down')
    await clock.advanceAsync(60_000)
    expect(turn).toBeGreaterThan(100)
    expect([db.told, monitor.status('db'), monitor.isGivenUp('db')]).toEqual([['down'], 'down', false])
  })
})

describe('checkNow', () => {
  it('asks at once, shares the check under way, and counts like any other', async () => {
    const db = createTarget('db')
    const { clock, monitor } = monitorOf([db])
    db.answer = 'down'
    const answers = await Promise.all([monitor.checkNow('db'), monitor.checkNow('db')])
    expect(answers[0]).toEqual({
      status: 'down',
      reason: 'it is down',
      latencyMs: 3,
      checkedAt: '2026-01-01T00:00:00.000Z',
    })
    expect([answers[1], db.asked, db.told]).toEqual([answers[0], 1, ['down']])
    expect(clock.pendingTimers).toBe(1)
  })

  it('is bounded by its timeout before the start too, and by the signal of its caller', async () => {
    const clock = createFakeClock()
    const db = createTarget('db')
    const monitor = createHealthMonitor({ clock, targets: [db] })
    db.answer = 'hangs'
    const controller = new AbortController()
    const given = monitor.checkNow('db', { signal: controller.signal })
    const other = monitor.checkNow('db')
    controller.abort()
    await expect(given).rejects.toMatchObject({ code: 'CANCELLED' })
    await clock.advanceAsync(200)
    expect(await other).toMatchObject({ reason: 'no answer within 200 ms' })
    // Nothing was started, so nothing is asked again.
    expect(clock.pendingTimers).toBe(0)
    expect(await monitor.checkNow('db')).toMatchObject({ reason: 'no answer within 200 ms' })
    expect(db.asked).toBe(1)
  })

  it('rejects for what is not watched, is taken out, or is closed', async () => {
    const [db, cache] = [createTarget('db'), createTarget('cache')]
    const { clock, monitor } = monitorOf([db, cache])
    await expect(monitor.checkNow('queue')).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'RESOURCE_UNKNOWN' })
    db.answer = 'hangs'
    cache.answer = 'hangs'
    const asked = [monitor.checkNow('db'), monitor.checkNow('cache')]
    monitor.remove('db')
    monitor.remove('db')
    await expect(asked[0]).rejects.toMatchObject({ code: 'CLOSED' })
    expect([db.signals[0]?.aborted, cache.signals[0]?.aborted]).toEqual([true, false])
    monitor.close()
    monitor.close()
    await expect(asked[1]).rejects.toMatchObject({ code: 'CLOSED' })
    expect([cache.signals[0]?.aborted, clock.pendingTimers]).toEqual([true, 0])
    await expect(monitor.checkNow('db')).rejects.toMatchObject({ code: 'CLOSED' })
    expect(() => monitor.start()).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(() => monitor.add(createTarget('new'))).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    db.release[0]?.(report('up'))
    await clock.advanceAsync(10_000)
    expect([...db.told, ...cache.told]).toEqual([])
  })
})

it('tells of changes as events and to the log, before the target hears, and of every answer to who counts them', async () => {
  const order: string[] = []
  const events = createEventHub<ManagerEvents>()
  events.on('health.changed', ({ resource, from, to, reason, at }) =>
    order.push(`${resource} ${from} → ${to} (${reason}) at ${at.slice(17)}`),
  )
  const db = {
    ...createTarget('db', { upAfter: 1 }),
    onDown: () => order.push('told down'),
    onUp: () => order.push('told up'),
  }
  const lines: string[] = []
  const line = (level: string) => (_fields: unknown, message: string) => void lines.push(`${level}: ${message}`)
  const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  const checked: string[] = []
  const { clock, monitor } = monitorOf([db], {
    events,
    logger,
    onChecked: (name, { status }) => checked.push(`${name} ${status}`),
  })
  for (const status of ['up', 'up', 'down', 'up'] as const) {
    db.probe = async () => report(status)
    await monitor.checkNow('db')
    clock.advance(100)
  }
  expect(order).toEqual([
    'db undefined → up (undefined) at 00.000Z',
    'told up',
    'db up → down (it is down) at 00.200Z',
    'told down',
    'db down → up (undefined) at 00.300Z',
    'told up',
  ])
  expect(lines).toEqual(['warn: the health of a resource has changed', 'info: a resource is up again'])
  expect(checked).toEqual(['db up', 'db up', 'db down', 'db up'])
})

it('has a span around each check, in which the probe runs, and which is over when the check is given up', async () => {
  const spans: unknown[] = []
  const running: string[] = []
  const tracer = {
    startSpan: (name: string, attributes: unknown) => ({
      run: <T>(work: () => T): T => {
        running.push(name)
        try {
          return work()
        } finally {
          running.pop()
        }
      },
      end: (outcome?: unknown) => void spans.push([name, attributes, outcome]),
    }),
  }
  const db = { ...createTarget('db'), attributes: { type: 'postgres' } }
  let seen: readonly string[] = []
  const { probe } = db
  db.probe = (options) => {
    seen = [...running]
    return probe(options)
  }
  const { clock } = monitorOf([db], { tracer })
  await clock.advanceAsync(1000)
  db.probe = () => new Promise(() => {})
  await clock.advanceAsync(1200)
  const attributes = { resource: 'db', type: 'postgres' }
  expect(seen).toEqual(['holdfast.resource.health'])
  expect(spans).toEqual([
    ['holdfast.resource.health', attributes, { attributes: { 'health.status': 'up' } }],
    ['holdfast.resource.health', attributes, { code: 'UNAVAILABLE', attributes: { 'health.status': 'down' } }],
  ])
})

it('is not harmed by targets, listeners and loggers of its own that throw', async () => {
  const errors: unknown[] = []
  const logger = { debug() {}, info() {}, warn() {}, error: (fields: unknown) => void errors.push(fields) }
  const fails = (): never => {
    throw new RangeError('no')
  }
  const bad = { ...createTarget('bad', { recoveryAttempts: 1 }), onUp: fails, onDown: fails, onGivenUp: fails }
  const worse = { ...createTarget('worse'), isDue: fails }
  const good = createTarget('good')
  const { clock } = monitorOf([bad, worse, good], { logger, onChecked: fails })
  await clock.advanceAsync(1000)
  bad.probe = async () => report('down')
  await clock.advanceAsync(10_000)
  expect(good.asked).toBe(11)
  expect([worse.asked, good.told]).toEqual([0, ['up']])
  expect(errors).toContainEqual({ resource: 'bad', error: 'RangeError' })
})

it('goes on checking everything when loggers and tracers throw', async () => {
  const fails = (): never => {
    throw new RangeError('disk full')
  }
  const logger = { debug: fails, info: fails, warn: fails, error: fails }
  const targets = ['one', 'other', 'third'].map((name) => createTarget(name, { recoveryAttempts: 1 }))
  for (const tracer of [{ startSpan: fails }, { startSpan: () => ({ run: fails, end: fails }) }]) {
    const { clock, monitor } = monitorOf(targets, { logger, tracer })
    await clock.advanceAsync(1000)
    for (const target of targets) target.answer = 'down'
    await clock.advanceAsync(10_000)
    for (const { told } of targets) expect(told.splice(0)).toEqual(['up', 'down', 'given up'])
    for (const target of targets) target.answer = 'up'
    monitor.close()
  }
})

it('may be closed, and targets taken out, by what it tells', async () => {
  const [one, other, third] = [createTarget('one'), createTarget('other'), createTarget('third')]
  const clock = createFakeClock()
  const removing = { ...one, onUp: () => monitor.remove('one') }
  const closing = { ...other, onUp: () => monitor.close() }
  const monitor = createHealthMonitor({ clock, targets: [removing, closing, third] })
  monitor.start()
  await clock.advanceAsync(5000)
  expect([one.asked, other.asked, clock.pendingTimers]).toEqual([1, 1, 0])
})

it('refuses a name twice, and options with every problem at once', () => {
  const { monitor } = monitorOf([createTarget('db')])
  expect(() => monitor.add(createTarget('db'))).toThrow(expect.objectContaining({ code: 'ALREADY_EXISTS' }))
  const wrong: HealthCheckOptions = {
    intervalMs: 0,
    jitter: 2,
    timeoutMs: -1,
    downAfter: 0,
    upAfter: 1.5,
    recoveryAttempts: -1,
    recoveryDelayMs: Number.NaN,
    maxRecoveryDelayMs: 0,
    historySize: 1e9,
  }
  expect(() => monitor.add(createTarget('other', wrong))).toThrow(
    /intervalMs.*jitter.*timeoutMs.*recoveryDelayMs.*maxRecoveryDelayMs.*downAfter.*upAfter.*recoveryAttempts.*historySize/s,
  )
  expect(() => monitor.add(createTarget('other', { timeoutMs: 5000 }))).toThrow('health.timeoutMs')
  expect(monitor.history('other')).toEqual([])
  expect(monitor.trend('other')).toEqual({ direction: 'steady', upShare: 1, averageLatencyMs: 0 })
})
