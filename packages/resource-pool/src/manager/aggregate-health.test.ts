import { expect, it } from 'vitest'
import { aggregateHealth, type HealthReading } from './aggregate-health.ts'
import type { LifecycleState } from './lifecycle-state.ts'
import type { ManagerState } from './manager-events.ts'

const reading = (name: string, state: LifecycleState, more: Partial<HealthReading> = {}): HealthReading => ({
  name,
  type: 'postgres',
  state,
  isEssential: true,
  ...more,
})

it.each<[string, ManagerState, readonly HealthReading[], string, boolean]>([
  ['nothing registered', 'ready', [], 'up', true],
  ['everything ready', 'ready', [reading('db', 'ready')], 'up', true],
  ['one degraded', 'ready', [reading('db', 'degraded')], 'degraded', true],
  ['one quarantined', 'ready', [reading('db', 'quarantined'), reading('other', 'ready')], 'down', false],
  ['one failed', 'ready', [reading('db', 'failed')], 'down', false],
  [
    'one that is only wanted quarantined',
    'ready',
    [reading('cache', 'quarantined', { isEssential: false })],
    'degraded',
    true,
  ],
  ['one that drains', 'ready', [reading('db', 'draining')], 'down', false],
  ['one registered and not started yet', 'ready', [reading('db', 'ready'), reading('new', 'created')], 'up', true],
  ['one stopped by itself', 'ready', [reading('db', 'ready'), reading('old', 'stopped')], 'up', true],
  ['a manager that starts', 'starting', [reading('db', 'ready')], 'degraded', false],
  ['a manager that starts, with something that does', 'starting', [reading('db', 'starting')], 'down', false],
  ['a manager that stops', 'stopping', [reading('db', 'ready')], 'down', false],
  ['a manager that was not started', 'created', [reading('db', 'created')], 'down', false],
  ['a manager that is stopped', 'stopped', [reading('db', 'stopped')], 'down', false],
  ['a manager that failed', 'failed', [], 'down', false],
])('%s', (_what, state, readings, status, isReady) => {
  const health = aggregateHealth(state, readings)
  expect([health.status, health.isReady]).toEqual([status, isReady])
  expect(health.reason === undefined).toBe(status === 'up')
})

it('shows the worst of each type, and each resource with its state and why', () => {
  const health = aggregateHealth('ready', [
    reading('a', 'ready'),
    reading('b', 'degraded', { reason: '9 callers wait' }),
    reading('c', 'ready', { type: 'redis' }),
    reading('d', 'quarantined', { type: 'kafka', isEssential: false, reason: 'no answer within 2000 ms' }),
    reading('e', 'created', { type: 's3' }),
    reading('f', 'created', { type: 'redis' }),
  ])
  expect(health.types).toEqual({ postgres: 'degraded', redis: 'up', kafka: 'down', s3: 'down' })
  expect(health.resources).toEqual({
    a: { state: 'ready', status: 'up' },
    b: { state: 'degraded', status: 'degraded', reason: '9 callers wait' },
    c: { state: 'ready', status: 'up' },
    d: { state: 'quarantined', status: 'down', reason: 'no answer within 2000 ms' },
    e: { state: 'created', status: 'down' },
    f: { state: 'created', status: 'down' },
  })
  expect(health.reason).toBe('b is degraded: 9 callers wait; d is quarantined: no answer within 2000 ms')
})

it('names what is worst first, and counts the rest', () => {
  const { reason } = aggregateHealth('ready', [
    reading('a', 'degraded'),
    reading('b', 'degraded'),
    reading('c', 'degraded'),
    reading('d', 'failed', { reason: 'it did not recover' }),
    reading('e', 'quarantined'),
  ])
  expect(reason).toBe('d is failed: it did not recover; e is quarantined; a is degraded; and 2 more')
})
