import { createMetricsRegistry, prometheusHandler } from '@holdfast/telemetry'
import { createFakeResourceAdapter, type FakeResource } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createResourceManager } from './create-resource-manager.ts'
import { resourceKey } from './resource-key.ts'

it('shows what pools of tenants do under the resource and the tenant, and only a hundred of them by name', async () => {
  const metrics = createMetricsRegistry()
  const spans: unknown[] = []
  const tracer = {
    startSpan: (name: string, { resource, type, tenant }: Readonly<Record<string, unknown>>) => {
      spans.push([name, resource, type, tenant])
      return { end() {} }
    },
  }
  const manager = createResourceManager({ metrics, tracer })
  const orders = resourceKey<FakeResource>('orders-db')
  manager.register(orders, {
    adapter: createFakeResourceAdapter(),
    pool: { maxSize: 3 },
    health: false,
    tenants: { isolation: 'pool', maxPools: 200 },
  })
  await manager.start()
  const leases = [await manager.acquire(orders, { tenant: 'acme' }), await manager.acquire(orders, { tenant: 'acme' })]
  leases.push(await manager.acquire(orders, { tenant: 'globex' }))
  for (let tenant = 0; tenant < 120; tenant++) await manager.use(orders, () => {}, { tenant: `tenant-${tenant}` })
  const page = await prometheusHandler(metrics).fetch(new Request('http://localhost/metrics'))
  const lines = (await page.text()).split('\n')
  const own = 'resource="orders-db",type="fake"'
  for (const line of [
    `holdfast_pool_leases{${own},tenant="acme"} 2`,
    `holdfast_pool_leases{${own},tenant="globex"} 1`,
    `holdfast_pool_max_size{${own},tenant="acme"} 3`,
    `holdfast_pool_resources{${own},tenant="acme",state="leased"} 2`,
    `holdfast_pool_acquire_seconds_count{${own},tenant="acme"} 2`,
    `holdfast_pool_acquire_seconds_count{${own},tenant="tenant-97"} 1`,
    `holdfast_pool_acquire_seconds_count{${own},tenant="__overflow__"} 22`,
  ]) {
    expect(lines).toContain(line)
  }
  expect(lines.filter((line) => line.includes('orders-db/') || line.includes('tenant-98'))).toEqual([])
  expect(spans).toContainEqual(['holdfast.resource.acquire', 'orders-db', 'fake', 'acme'])
  expect(spans).toContainEqual(['holdfast.resource.create', 'orders-db', 'fake', 'globex'])
  for (const lease of leases) lease.release()
  await manager.close()
})
