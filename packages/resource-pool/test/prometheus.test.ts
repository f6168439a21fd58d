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
    'holdfast_pool_resources{resource="orders",type="fake",state="leased"} 2',
    'holdfast_pool_resources{resource="users",type="fake",state="leased"} 1',
    'holdfast_pool_waiting{resource="users",type="fake"} 1',
    'holdfast_pool_max_size{resource="orders",type="fake"} 4',
    'holdfast_pool_utilisation_ratio{resource="orders",type="fake"} 0.5',
    'holdfast_pool_utilisation_ratio{resource="users",type="fake"} 1',
    'holdfast_pool_recommended_size{resource="orders",type="fake"} 4',
    'holdfast_pool_acquire_seconds_count{resource="orders",type="fake"} 2',
    'holdfast_pool_create_seconds_count{resource="orders",type="fake"} 2',
    'holdfast_pool_acquire_failures_total{resource="users",type="fake",code="TIMEOUT"} 1',
  ]) {
    expect(text.split('\n')).toContain(line)
  }

  for (const lease of leases) lease.release()
  ;(await waiting).release()
  await Promise.all([orders.close(), users.close()])
  const after = await scrape()
  expect(after).toContain('holdfast_pool_destroys_total{resource="orders",type="fake",cause="closed"} 2')
  expect(after).not.toMatch(/holdfast_pool_resources\{/)
})

it('shows the first hundred tenants of a resource by their names, and all others together', async () => {
  const metrics = createMetricsRegistry()
  const page = prometheusHandler(metrics)
  const scrape = async (): Promise<string> => (await page.fetch(new Request('http://localhost/metrics'))).text()
  const pool = createPool(createFakeAdapter(), { metrics, name: 'orders', maxSize: 3 })
  const leases = [await pool.acquire({ tenant: 'acme' }), await pool.acquire({ tenant: 'acme' }), await pool.acquire()]
  const waiting = pool.acquire({ tenant: 'globex', timeoutMs: 60_000 })
  const text = await scrape()
  for (const line of [
    'holdfast_pool_leases{resource="orders",type="fake",tenant="acme"} 2',
    'holdfast_pool_leases{resource="orders",type="fake"} 1',
    'holdfast_pool_acquire_seconds_count{resource="orders",type="fake",tenant="acme"} 2',
    'holdfast_pool_acquire_seconds_count{resource="orders",type="fake"} 1',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  // Of the first three none was there yet.
  expect(text).toContain('holdfast_pool_wait_seconds_count{resource="orders",type="fake",tenant="acme"} 2')
  for (const lease of leases) lease.release()
  ;(await waiting).release()
  for (let tenant = 0; tenant < 150; tenant++) await pool.use(() => {}, { tenant: `tenant-${tenant}` })
  const after = await scrape()
  expect(after).toContain('holdfast_pool_acquire_seconds_count{resource="orders",type="fake",tenant="globex"} 1')
  expect(after).toContain('holdfast_pool_acquire_seconds_count{resource="orders",type="fake",tenant="tenant-97"} 1')
  expect(after).toContain('holdfast_pool_acquire_seconds_count{resource="orders",type="fake",tenant="__overflow__"} 52')
  expect(after).not.toContain('tenant-98')
  // Who is served at once has not waited.
  expect(after).not.toContain('holdfast_pool_wait_seconds_count{resource="orders",type="fake",tenant="tenant-0"} 1')
  await pool.close()
})
