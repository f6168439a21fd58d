import { type HealthReport, type HealthStatus, HoldfastError } from '@holdfast/contracts'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createFakeClock, createSecretScanner, type FakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createRecordingLogger } from '../../test/support/recording-logger.ts'
import { createMetricsRegistry } from '../metrics/create-metrics-registry.ts'
import { createHealth } from './create-health.ts'
import type { HealthCheck, HealthEvents } from './health.ts'
import type { HealthOptions } from './health-options.ts'

/** A check whose answer is set from outside, and that counts how often it is asked. */
const switchable = (status: HealthStatus = 'up') => {
  const check = { status, asked: 0, probe: async () => ({ status: check.status, reason: `because ${check.status}` }) }
  const { probe } = check
  check.probe = () => {
    check.asked += 1
    return probe()
  }
  return check
}

const flush = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

const healthOf = (checks: Record<string, HealthCheck>, options: HealthOptions = {}) => {
  const clock = createFakeClock()
  return { clock, health: createHealth({ checks, clock, ...options }) }
}

describe('the whole', () => {
  it.each<[string, Record<string, [HealthStatus, boolean]>, HealthStatus]>([
    ['nothing to check', {}, 'up'],
    ['everything up', { a: ['up', true], b: ['up', false] }, 'up'],
    ['an optional check down', { a: ['up', true], b: ['down', false] }, 'degraded'],
    ['a critical check degraded', { a: ['degraded', true], b: ['up', false] }, 'degraded'],
    ['a critical check down', { a: ['down', true], b: ['up', false] }, 'down'],
  ])('with %s', async (_what, checks, expected) => {
    const { health } = healthOf(
      Object.fromEntries(
        Object.entries(checks).map(([name, [status, critical]]) => [
          name,
          { check: switchable(status).probe, critical },
        ]),
      ),
    )
    const summary = await health.check()
    expect(summary.status).toBe(expected)
    expect(summary.reason === undefined).toBe(expected === 'up')
  })

  it('says why, how long each check took, and when', async () => {
    const clock = createFakeClock()
    const health = createHealth({
      clock,
      checks: {
        storage: createMemoryStorage({ clock }),
        queue: {
          check: async () => {
            clock.advance(12.5)
            return { status: 'degraded' as const, reason: '9000 waiting', details: { waiting: 9000 } }
          },
          critical: false,
        },
      },
    })
    expect(await health.check()).toEqual({
      status: 'degraded',
      reason: 'queue is degraded: 9000 waiting',
      latencyMs: 12.5,
      checkedAt: '2026-01-01T00:00:00.012Z',
      checks: {
        storage: expect.objectContaining({ status: 'up', critical: true }),
        queue: {
          status: 'degraded',
          reason: '9000 waiting',
          latencyMs: 12.5,
          checkedAt: '2026-01-01T00:00:00.012Z',
          details: { waiting: 9000 },
          critical: false,
        },
      },
    })
  })

  it('is a check itself, for a whole around it', async () => {
    const inner = createHealth({ checks: { db: switchable('down').probe } })
    const outer = createHealth({ checks: { service: inner } })
    expect((await outer.check()).reason).toBe('service is down: db is down: because down')
    expect((await inner.health()).details).toEqual({ db: 'down' })
  })

  it('gains and loses checks while it runs', async () => {
    const { health } = healthOf({ db: switchable().probe })
    const remove = health.add('queue', switchable('down').probe)
    expect((await health.check()).status).toBe('down')
    expect(() => health.add('queue', switchable().probe)).toThrow(expect.objectContaining({ code: 'ALREADY_EXISTS' }))
    remove()
    remove()
    expect(Object.keys((await health.check()).checks)).toEqual(['db'])
    expect(() => health.add('', {} as HealthCheck)).toThrow(/name.*check/s)
  })

  it('rejects at once when its caller gives up, while the probe goes on for others', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const { health } = healthOf({ db: () => promise })
    const controller = new AbortController()
    const given = health.check({ signal: controller.signal })
    const other = health.check()
    controller.abort()
    await expect(given).rejects.toMatchObject({ code: 'CANCELLED' })
    resolve(undefined)
    expect((await other).status).toBe('up')
  })
})

describe('a probe', () => {
  it('runs once for all who ask at the same time, and not again while its answer is fresh', async () => {
    const db = switchable()
    const { clock, health } = healthOf({ db: db.probe }, { cacheMs: 1000 })
    await Promise.all(Array.from({ length: 100 }, () => health.check()))
    clock.advance(999)
    await Promise.all(Array.from({ length: 100 }, () => health.readiness()))
    expect(db.asked).toBe(1)
    clock.advance(1)
    await health.check()
    expect(db.asked).toBe(2)
  })

  it('is down when it rejects, with a reason that shows no secret', async () => {
    const scanner = createSecretScanner()
    const secret = scanner.plant('password')
    const ours = new HoldfastError({
      code: 'UNAUTHENTICATED',
      source: 'driver',
      operation: 'health',
      message: `postgres://app:${secret}@db refused.`,
      hint: 'Look at the password.',
      cause: new Error(secret),
    })
    const { health } = healthOf({
      ours: () => Promise.reject(ours),
      foreign: () => Promise.reject(new TypeError(`no host for ${secret}`)),
      thrown: () => {
        throw secret
      },
      told: async () => ({
        status: 'down' as const,
        reason: `token=${secret}`,
        details: { url: `https://a:${secret}@b` },
      }),
      // Checks of callers without types.
      odd: (async () => ({ status: 'great' })) as unknown as HealthCheck,
    })
    const summary = await health.check()
    expect(Object.entries(summary.checks).map(([name, { status, reason }]) => [name, status, reason])).toEqual([
      ['ours', 'down', 'UNAUTHENTICATED: postgres://[redacted]@db refused. Look at the password.'],
      ['foreign', 'down', 'the check threw TypeError'],
      ['thrown', 'down', 'the check threw _OTHER'],
      ['told', 'down', 'token=[redacted]'],
      ['odd', 'down', 'the check answered without a status'],
    ])
    scanner.look('summary', summary)
    scanner.look('report', await health.health())
    scanner.assertNone()
  })

  it('is down when it does not answer in time, is told to stop, and leaves no timer', async () => {
    const reasons: unknown[] = []
    const { clock, health } = healthOf({
      db: {
        timeoutMs: 250,
        check: ({ signal, deadline }) =>
          new Promise((_resolve, reject) => {
            expect(deadline).toBe(250)
            signal?.addEventListener('abort', () => {
              reasons.push(Reflect.get(Object(signal.reason), 'name'))
              reject(signal.reason)
            })
          }),
      },
      cache: switchable().probe,
    })
    const answer = health.check()
    await clock.advanceAsync(250)
    expect((await answer).checks.db).toMatchObject({
      status: 'down',
      reason: 'no answer within 250 ms',
      latencyMs: 250,
    })
    expect(reasons).toEqual(['TimeoutError'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('that hangs and hears no abort is not begun again and again', async () => {
    let begun = 0
    let answer: ((report: undefined) => void) | undefined
    const { clock, health } = healthOf(
      {
        db: () => {
          begun += 1
          return new Promise<undefined>((resolve) => {
            answer = resolve
          })
        },
      },
      { timeoutMs: 100, cacheMs: 0 },
    )
    const ask = async (): Promise<string | undefined> => {
      const summary = health.check()
      await clock.advanceAsync(100)
      return (await summary).checks.db?.reason
    }
    expect(await ask()).toBe('no answer within 100 ms')
    expect(await ask()).toBe('the last probe has not ended for 100 ms')
    expect(await ask()).toBe('the last probe has not ended for 200 ms')
    expect(begun).toBe(1)
    // Taken for lost after ten timeouts: the backend may be back although that probe will never say so.
    clock.advance(700)
    expect(await ask()).toBe('no answer within 100 ms')
    expect(begun).toBe(2)
    // And at once when it has ended after all.
    answer?.(undefined)
    await flush()
    const back = health.check()
    await flush()
    expect(begun).toBe(3)
    answer?.(undefined)
    expect((await back).status).toBe('up')
  })
})

describe('history', () => {
  it('keeps the last answers of each check', async () => {
    const db = switchable()
    const { clock, health } = healthOf({ db: db.probe }, { cacheMs: 0, historySize: 3 })
    for (const status of ['up', 'down', 'degraded', 'up'] as const) {
      db.status = status
      await health.check()
      clock.advance(1000)
    }
    expect(health.history('db').map(({ status, checkedAt }) => [status, checkedAt])).toEqual([
      ['down', '2026-01-01T00:00:01.000Z'],
      ['degraded', '2026-01-01T00:00:02.000Z'],
      ['up', '2026-01-01T00:00:03.000Z'],
    ])
    expect(health.history('unknown')).toEqual([])
  })

  it('tells of changes only, as events, to the log and as a metric', async () => {
    const db = switchable()
    const logger = createRecordingLogger()
    const metrics = createMetricsRegistry()
    const { health } = healthOf({ db: db.probe }, { cacheMs: 0, logger, metrics })
    const seen: HealthEvents['health.changed'][] = []
    health.events.on('health.changed', (event) => seen.push(event))
    const gauge = () => [...metrics.collect()].find(({ name }) => name === 'holdfast_health_status')
    expect(gauge()).toMatchObject({ series: [] })
    for (const status of ['up', 'up', 'down', 'down', 'up'] as const) {
      db.status = status
      await health.check()
    }
    expect(seen.map(({ check, from, to }) => [check, from, to])).toEqual([
      ['db', undefined, 'up'],
      ['db', 'up', 'down'],
      ['db', 'down', 'up'],
    ])
    expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'a health check is not up'],
      ['info', 'a health check is up again'],
    ])
    expect(gauge()).toMatchObject({ series: [{ labels: { check: 'db' } }], values: Float64Array.of(1) })
  })
})

describe('readiness', () => {
  it('goes with the critical checks', async () => {
    const db = switchable()
    const { clock, health } = healthOf({ db: db.probe })
    expect(await health.readiness()).toMatchObject({ isReady: true })
    db.status = 'down'
    clock.advance(1000)
    expect(await health.readiness()).toMatchObject({ isReady: false, reason: 'db is down: because down' })
    db.status = 'degraded'
    clock.advance(1000)
    expect(await health.readiness()).toMatchObject({ isReady: true, summary: { status: 'degraded' } })
  })

  it('is switched off before a shutdown: nothing is asked any more', async () => {
    const db = switchable()
    const { health } = healthOf({ db: db.probe })
    const seen: unknown[] = []
    health.events.on('readiness.changed', (event) => seen.push(event))
    health.setReady(false, 'shutting down')
    health.setReady(false, 'shutting down, still')
    expect(await health.readiness()).toEqual({ isReady: false, reason: 'shutting down, still' })
    expect(db.asked).toBe(0)
    health.setReady(true)
    expect((await health.readiness()).isReady).toBe(true)
    expect(seen).toEqual([
      { isReady: false, reason: 'shutting down' },
      { isReady: true, reason: undefined },
    ])
  })

  it('is off also when it is switched off while the checks are asked', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const { health } = healthOf({ db: () => promise })
    const answer = health.readiness()
    health.setReady(false)
    resolve(undefined)
    expect(await answer).toMatchObject({ isReady: false, reason: 'switched off' })
  })
})

describe('the start', () => {
  it('is done once no critical check is down, and stays done', async () => {
    const db = switchable('down')
    const { clock, health } = healthOf({ db: db.probe })
    expect(await health.startup()).toMatchObject({ isReady: false, reason: 'db is down: because down' })
    db.status = 'up'
    clock.advance(1000)
    expect(await health.startup()).toMatchObject({ isReady: true })
    db.status = 'down'
    clock.advance(1000)
    expect(await health.startup()).toEqual({ isReady: true })
  })

  it('is done when it is marked, with startup: manual; before, nothing is ready', async () => {
    const db = switchable()
    const { health } = healthOf({ db: db.probe }, { startup: 'manual' })
    const no = { isReady: false, reason: 'the service has not started yet' }
    expect(await health.startup()).toEqual(no)
    expect(await health.readiness()).toEqual(no)
    await health.check()
    expect(await health.startup()).toEqual(no)
    health.markStarted()
    expect(await health.startup()).toEqual({ isReady: true })
    expect((await health.readiness()).isReady).toBe(true)
  })
})

it('refuses options with every problem', () => {
  const options = {
    timeoutMs: 0,
    cacheMs: -1,
    historySize: 0,
    startup: 'later',
    checks: { db: 'up', cache: { check: async () => undefined, timeoutMs: Number.NaN } },
  }
  // Options as a caller without types may give them.
  expect(() => createHealth(options as unknown as HealthOptions)).toThrow(
    /timeoutMs.*cacheMs.*historySize.*startup.*checks\.db.*checks\.cache\.timeoutMs/s,
  )
})

it('a listener or a logger that throws breaks no check', async () => {
  const broken = (): never => {
    throw new Error('disk full')
  }
  const logger = { debug: broken, info: broken, warn: broken, error: broken }
  const clock: FakeClock = createFakeClock()
  const health = createHealth({ clock, logger, checks: { db: switchable('down').probe } })
  health.events.on('health.changed', broken)
  const report: HealthReport = await health.health()
  expect(report.status).toBe('down')
  health.setReady(false)
})
