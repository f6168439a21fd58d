import { createMetricsRegistry, prometheusHandler } from '@holdfast/telemetry'
import { expect, it } from 'vitest'
import { createPool } from '../src/index.ts'
import { createFakeAdapter } from './fake-adapter.ts'

it('shows each pool on the page that Prometheus scrapes: use, waits, failures, and how large it should be', async () => {
  const metrics = createMetricsRegistry()
  const page = prometheusHandler(metrics)
  const scrape = async (): Promise<string> => (await page.fetch(new Request('http://localhost/metrics'))).text()
  const orders = createPool(createFakeAdapter(), { metrics, name: 'orders', maxSize: 4 })
  const users = createPool(createFakeAdapter(), { metrics, name: 'users', maxSize: 1 })
  const leases = [await orders.acquire(), await orders.acquire(), await users.acquire()]
  const waiting = users.acquire()
  await expect(users.acquire({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'TIMEOUT' })

  const text = await scrape()
  for (const line of [
    'holdfast_pool_resources{pool="orders",type="fake",state="leased"} 2',
    'holdfast_pool_resources{pool="users",type="fake",state="leased"} 1',
    'holdfast_pool_waiting{pool="users",type="fake"} 1',
    'holdfast_pool_max_size{pool="orders",type="fake"} 4',
    'holdfast_pool_utilisation_ratio{pool="orders",type="fake"} 0.5',
    'holdfast_pool_utilisation_ratio{pool="users",type="fake"} 1',
    'holdfast_pool_recommended_size{pool="orders",type="fake"} 4',
    'holdfast_pool_acquire_seconds_count{pool="orders",type="fake"} 2',
    'holdfast_pool_create_seconds_count{pool="orders",type="fake"} 2',
    'holdfast_pool_acquire_failures_total{pool="users",type="fake",code="TIMEOUT"} 1',
  ]) {
    expect(text.split('\n')).toContain(line)
  }

  for (const lease of leases) lease.release()
  ;(await waiting).release()
  await Promise.all([orders.close(), users.close()])
  const after = await scrape()
  expect(after).toContain('holdfast_pool_destroys_total{pool="orders",type="fake",cause="closed"} 2')
  expect(after).not.toMatch(/holdfast_pool_resources\{/)
})
