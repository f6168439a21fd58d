import type { HealthReport, Metrics } from '@holdfast/contracts'
import { HoldfastError, Secret, toTimestamp } from '@holdfast/contracts'
import type { CredentialSource } from '@holdfast/contracts/credentials'
import type { Lease } from '@holdfast/contracts/resources'
import { circuitBreaker } from '@holdfast/resilience'
import { createFakeResourceAdapter, type FakeResource } from '@holdfast/testkit'
import { createResourceManager, type ResourceManager, resourceKey } from '../src/manager/index.ts'

/** How often each thing was done to a {@link MeasuredService}: what its metrics must say. */
export const done = {
  usesOfAcme: 40,
  usesOfGlobex: 25,
  leasesOfAcme: 2,
  orderPoolSize: 4,
  refusals: 3,
  rotations: 2,
  failedCalls: 2,
} as const

/** A service to which everything has happened that a manager measures. */
export interface MeasuredService {
  readonly manager: ResourceManager
  /** When the credential of the orders expires, in whole seconds since 1970. */
  readonly expiresAt: number
  close(): Promise<void>
}

const orders = resourceKey<FakeResource>('orders-db')
const cache = resourceKey<FakeResource>('cache')
const reports = resourceKey<FakeResource>('reports')
const archive = resourceKey<FakeResource>('archive')

/**
 * Makes a service with four resources and has it live through a bad day: `orders-db` under load by two tenants, with
 * rotations, leaks and refusals; `cache`, which is quarantined and given up; `reports`, of which nothing can be made any more
 * and whose circuit opens; and `archive`, stopped while a lease was out.
 */
export const createMeasuredService = async (metrics: Metrics): Promise<MeasuredService> => {
  const manager = createResourceManager({ metrics })
  const expiresAt = Math.floor(Date.now() / 1000) + 7200
  let version = 1
  let isRefused = false
  const login: CredentialSource = {
    retrieve: async () => ({
      value: new Secret('a password'),
      version: String(version),
      expiresAt: toTimestamp(expiresAt * 1000),
    }),
  }
  const health = { intervalMs: 50, timeoutMs: 50, upAfter: 1 }
  manager.register(orders, {
    adapter: createFakeResourceAdapter({
      name: 'postgres',
      methods: ['validate'],
      onCreate() {
        if (isRefused) throw failure('UNAUTHENTICATED')
      },
    }),
    pool: { maxSize: done.orderPoolSize, leakDetectionMs: 500 },
    health,
    credentials: { login },
    rotation: { attempts: 1, maxDrainMs: 100 },
    tenants: { admits: (tenant) => tenant !== 'initech' },
  })
  let cacheHealth: HealthReport['status'] = 'up'
  manager.register(cache, {
    adapter: {
      ...createFakeResourceAdapter({ name: 'redis' }),
      health: async () => ({ status: cacheHealth, latencyMs: 1, checkedAt: toTimestamp(Date.now()) }),
    },
    pool: { maxSize: 2 },
    health: { ...health, recoveryAttempts: 2, recoveryDelayMs: 10 },
  })
  let canCreate = true
  const breaker = circuitBreaker({
    trip: { kind: 'consecutive', failures: done.failedCalls },
    openMs: 3_600_000,
    perKey: true,
  })
  manager.register(reports, {
    adapter: createFakeResourceAdapter({
      name: 'http',
      onCreate() {
        if (!canCreate) throw failure('UNAVAILABLE')
      },
    }),
    health: false,
    layers: [breaker],
  })
  manager.register(archive, { adapter: createFakeResourceAdapter({ name: 's3' }), health: false })
  await manager.start()

  // Load, and what a rotation does in the middle of it.
  await Promise.all([
    ...Array.from({ length: done.usesOfAcme }, () => manager.use(orders, busy, { tenant: 'acme' })),
    ...Array.from({ length: done.usesOfGlobex }, () => manager.use(orders, busy, { tenant: 'globex' })),
  ])
  const revoked = await manager.acquire(orders, { tenant: 'globex' })
  for (let count = 0; count < done.rotations; count++) {
    version += 1
    await manager.rotate(orders)
  }
  isRefused = true
  version += 1
  await manager.rotate(orders).catch(() => {})
  isRefused = false
  for (let count = 0; count < done.refusals; count++) {
    await manager.acquire(orders, { tenant: 'initech' }).catch(() => {})
  }
  // Nothing can be made of one, and after some calls its circuit is open.
  canCreate = false
  manager.pool(reports).advanceEpoch()
  for (let count = 0; count < done.failedCalls; count++) {
    await manager.use(reports, () => {}, { timeoutMs: 20 }).catch(() => {})
  }
  // One is stopped while somebody has it.
  const forgotten = await manager.acquire(archive)
  await manager.stop({ only: archive, deadlineMs: 0 }).catch(() => {})
  cacheHealth = 'down'
  // What happens by itself: the cache is quarantined and given up, and what nobody gives back leaks.
  await until(() => manager.explain(cache).state === 'failed')
  const leases: Lease<FakeResource>[] = []
  for (let count = 0; count < done.leasesOfAcme; count++) leases.push(await manager.acquire(orders, { tenant: 'acme' }))
  await until(() => manager.pool(orders).statistics().leaks >= done.leasesOfAcme)
  return {
    manager,
    expiresAt,
    async close() {
      for (const lease of [...leases, revoked, forgotten]) lease.release()
      await manager.close()
    },
  }
}

const busy = async (): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 2))
}

const failure = (code: 'UNAUTHENTICATED' | 'UNAVAILABLE'): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'create', message: 'No.', hint: 'None.' })

/** Waits for something that happens by itself, for half a minute at most, which is a hundred times as long as it takes. */
const until = async (holds: () => boolean): Promise<void> => {
  const deadline = performance.now() + 30_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('It did not happen.')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
