import { HoldfastError } from '@holdfast/contracts'
import { circuitBreaker, retry, timeout } from '@holdfast/resilience'
import { createMetricsRegistry, prometheusHandler } from '@holdfast/telemetry'
import { expect, it } from 'vitest'
import { hangs } from '../../test/fake-adapter.ts'
import { createTestManager, settle } from '../../test/test-manager.ts'

const lost = (): never => {
  throw new HoldfastError({
    code: 'UNAVAILABLE',
    source: 'test',
    operation: 'query',
    message: 'The connection was lost.',
    hint: 'Try again.',
  })
}

it('never runs the work of a user again, whatever policy is around it', async () => {
  const { clock, manager, add } = createTestManager()
  const { key } = add('db', { layers: [retry({ policy: { retries: 5 }, clock })] })
  await settle(clock, manager.start())
  let runs = 0
  const used = manager.use(key, () => {
    runs += 1
    return lost()
  })
  expect(await settle(clock, used)).toMatchObject({ code: 'UNAVAILABLE' })
  expect(runs).toBe(1)
  expect(await manager.use(key, ({ isAlive }) => isAlive)).toBe(true)
})

it('makes a resource inside the policies, which try again where that is their trade', async () => {
  const { clock, manager, add } = createTestManager()
  let creates = 0
  add(
    'db',
    { layers: [retry({ policy: { retries: 2 }, clock })] },
    {
      onCreate: () => {
        creates += 1
        if (creates < 3) lost()
      },
    },
  )
  expect(await settle(clock, manager.start())).toBeUndefined()
  expect(creates).toBe(3)
})

it('opens the circuit of the resource that fails and of no other, and shows it', async () => {
  const metrics = createMetricsRegistry()
  const { clock, manager, add } = createTestManager({ metrics })
  const breaker = circuitBreaker({ trip: { kind: 'consecutive', failures: 2 }, perKey: true, clock })
  const orders = add('orders', { layers: [breaker] })
  const users = add('users', { layers: [breaker] })
  await settle(clock, manager.start())
  for (let i = 0; i < 2; i += 1)
    expect(await settle(clock, manager.use(orders.key, lost))).toMatchObject({ code: 'UNAVAILABLE' })
  expect(
    await settle(
      clock,
      manager.use(orders.key, () => 1),
    ),
  ).toMatchObject({ reason: 'CIRCUIT_OPEN' })
  expect(await manager.use(users.key, ({ isAlive }) => isAlive)).toBe(true)
  expect(manager.explain(orders.key).circuits).toEqual(['open'])
  expect(manager.explain(users.key).circuits).toEqual(['closed'])
  const answer = await prometheusHandler(metrics).fetch(new Request('http://localhost/metrics'))
  const page = await answer.text()
  expect(page).toContain('holdfast_resource_circuit_state{resource="orders",type="fake",circuit="1",state="open"} 1')
  expect(page).toContain('holdfast_resource_circuit_state{resource="users",type="fake",circuit="1",state="closed"} 1')
  // A circuit keeps nobody from ending what there is.
  expect(await settle(clock, manager.close())).toBeUndefined()
  expect(orders.adapter.destroyed).toHaveLength(1)
})

it('answers in time, and keeps the lease until the work is over', async () => {
  const { clock, manager, add } = createTestManager()
  const { key } = add('db', { layers: [timeout({ timeoutMs: 100, clock })], pool: { maxSize: 1 } })
  await settle(clock, manager.start())
  const work = Promise.withResolvers<void>()
  expect(
    await settle(
      clock,
      manager.use(key, () => work.promise),
    ),
  ).toMatchObject({ code: 'TIMEOUT' })
  expect(manager.explain(key).statistics?.leased).toBe(1)
  work.resolve()
  await clock.advanceAsync(0)
  expect(manager.explain(key).statistics?.leased).toBe(0)
  expect(await settle(clock, manager.use(key, hangs))).toMatchObject({ code: 'TIMEOUT' })
  await settle(clock, manager.close())
})
