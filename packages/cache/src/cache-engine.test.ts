import { testCache } from '@holdfast/testkit'
import { createCache } from './create-cache.ts'

for (const policy of ['s3-fifo', 'lru', 'lfu'] as const) {
  testCache({ name: `cache with the policy ${policy}`, create: (options) => createCache({ ...options, policy }) })
}
