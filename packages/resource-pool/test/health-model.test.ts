import type { CallOptions, HealthReport, HealthStatus } from '@holdfast/contracts'
import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { createHealthMonitor } from '../src/manager/health-monitor.ts'
import type { HealthTarget } from '../src/manager/health-target.ts'

// Time is fake here, and there is a lot of it.
vi.setConfig({ testTimeout: 60_000 })

type Answer = HealthStatus | 'hangs' | 'late' | 'throws'

const answers = fc.constantFrom<Answer>('up', 'up', 'degraded', 'down', 'down', 'hangs', 'late', 'throws')

const resources = fc.array(
  fc.record({
    intervalMs: fc.integer({ min: 50, max: 400 }),
    timeoutMs: fc.integer({ min: 5, max: 50 }),
    jitter: fc.constantFrom(0, 0.3, 1),
    downAfter: fc.integer({ min: 1, max: 3 }),
    upAfter: fc.integer({ min: 1, max: 3 }),
    recoveryDelayMs: fc.integer({ min: 1, max: 100 }),
    maxRecoveryDelayMs: fc.constant(200),
    recoveryAttempts: fc.constantFrom(0, 1, 3, Number.POSITIVE_INFINITY),
    historySize: fc.integer({ min: 1, max: 20 }),
  }),
  { minLength: 1, maxLength: 4 },
)

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 600 }) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('becomes' as const), which: fc.nat(3), answer: answers }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('toggle' as const), which: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('check' as const), which: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const), which: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(3) }) },
  ),
  { minLength: 10, maxLength: 60, size: 'max' },
)

it('never asks on top of itself, notices what fails, takes back what recovers, and leaves nothing behind', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(resources, steps, fc.integer(), async (all, script, seed) => {
      const clock = createFakeClock()
      let state = seed | 1
      const random = (): number => {
        state = Math.imul(state, 48_271) | 0
        return (state >>> 1) / 2 ** 31
      }
      const targets = all.map((options, index) => {
        const running = new Set<{ readonly since: number }>()
        const target = {
          name: `resource-${index}`,
          options,
          answer: 'up' as Answer,
          isRunning: true,
          told: [] as string[],
          isDue: () => target.isRunning,
          probe({ deadline = 0 }: CallOptions): Promise<HealthReport> {
            const now = clock.monotonicNow()
            // What was lost ten timeouts ago may be asked again; nothing else.
            for (const { since } of running) expect(now - since).toBeGreaterThanOrEqual(10 * options.timeoutMs)
            expect(deadline).toBe(now + options.timeoutMs)
            if (target.answer === 'throws') throw new Error('no')
            if (target.answer === 'up' || target.answer === 'degraded' || target.answer === 'down') {
              return Promise.resolve(report(target.answer))
            }
            const own = { since: now }
            running.add(own)
            if (target.answer === 'hangs') return new Promise(() => {})
            return new Promise((resolve) => {
              clock.setTimer(() => {
                running.delete(own)
                resolve(report('up'))
              }, options.timeoutMs * 3)
            })
          },
          onUp: () => target.told.push('up'),
          onDegraded: () => target.told.push('degraded'),
          onDown: () => target.told.push('down'),
          onGivenUp: () => target.told.push('given up'),
        }
        return target satisfies HealthTarget
      })
      const monitor = createHealthMonitor({ clock, random, targets })
      monitor.start()
      const checked: Promise<unknown>[] = []
      for (const step of script) {
        if (step.kind === 'wait') await clock.advanceAsync(step.ms)
        else {
          const target = targets[step.which % targets.length]
          if (target === undefined) continue
          if (step.kind === 'becomes') target.answer = step.answer
          else if (step.kind === 'toggle') target.isRunning = !target.isRunning
          else if (step.kind === 'check') checked.push(monitor.checkNow(target.name).catch(() => undefined))
          else if (step.kind === 'reset') {
            monitor.reset(target.name)
            target.told.length = 0
          } else {
            monitor.remove(target.name)
            target.told.length = 0
            monitor.add(target)
          }
        }
        for (const { name, told, options } of targets) {
          const last = told.at(-1)
          const isGivenUp = monitor.isGivenUp(name)
          expect(monitor.history(name).length).toBeLessThanOrEqual(options.historySize)
          // What was told last is what holds.
          expect(last).toBe(isGivenUp ? 'given up' : monitor.status(name))
          // Nothing is told twice in a row, and the end comes after the quarantine.
          for (const [index, each] of told.entries()) {
            expect(each).not.toBe(told[index - 1])
            if (each === 'given up') expect([told[index - 1], index]).toEqual(['down', told.length - 1])
            seen.add(`${told[index - 1]} → ${each}`)
          }
        }
      }
      // However it came here, what fails from now on is noticed, and what works is taken back.
      for (const target of targets) {
        target.isRunning = true
        target.answer = 'down'
      }
      // One that hangs is taken for lost after ten timeouts; then so many intervals as must agree, each with its timeout.
      const patienceMs = 10 * 50 + 4 * (400 + 50)
      await clock.advanceAsync(patienceMs)
      for (const { name } of targets) expect(monitor.status(name)).toBe('down')
      for (const target of targets) target.answer = 'up'
      await clock.advanceAsync(patienceMs)
      for (const { name, told } of targets) {
        expect(monitor.status(name)).toBe(monitor.isGivenUp(name) ? 'down' : 'up')
        seen.add(`${told.at(-2)} → ${told.at(-1)}`)
      }
      monitor.close()
      await Promise.all(checked)
      await clock.advanceAsync(1000)
      expect(clock.pendingTimers).toBe(0)
    }),
    { numRuns: 200 },
  )
  for (const change of [
    'up → down',
    'down → up',
    'down → given up',
    'up → degraded',
    'degraded → down',
    'down → degraded',
  ]) {
    expect(seen).toContain(change)
  }
})

const report = (status: HealthStatus): HealthReport => ({
  status,
  latencyMs: 1,
  checkedAt: '2026-01-01T00:00:00.000Z',
})
