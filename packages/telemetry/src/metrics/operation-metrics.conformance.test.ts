import { createCacheStore } from '@holdfast/cache'
import { cacheStoreOperations } from '@holdfast/contracts/cache'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryData, createMemoryStorage } from '@holdfast/storage-memory'
import { createFakeClock, testCacheStore, testCredentialStorage } from '@holdfast/testkit'
import { createMetricsRegistry } from './create-metrics-registry.ts'
import { metrics } from './operation-metrics.ts'

testCredentialStorage({
  name: 'memory storage inside the metrics layer',
  async create() {
    const data = createMemoryData()
    const measured = metrics({ registry: createMetricsRegistry(), maxTenants: 10 })
    const wrapped = () => measured.layer(credentialStorageOperations)(createMemoryStorage({ data }))
    const storage = wrapped()
    return { storage, open: async () => wrapped(), cleanup: () => storage.close() }
  },
  patienceMs: 5000,
})

testCacheStore({
  name: 'cache store inside the metrics layer',
  async create() {
    const clock = createFakeClock()
    const measured = metrics({ registry: createMetricsRegistry(), package: 'cache', clock })
    const store = measured.layer(cacheStoreOperations)(createCacheStore({ capacity: 1000, clock }))
    return { store, advance: async (byMs) => clock.advance(byMs), cleanup: () => store.close() }
  },
})
