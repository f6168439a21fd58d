import type { CachePolicyName } from './cache-options.ts'
import type { EvictionPolicy, PolicyHost } from './eviction-policy.ts'
import { LfuPolicy } from './lfu-policy.ts'
import { LruPolicy } from './lru-policy.ts'
import { S3FifoPolicy } from './s3-fifo-policy.ts'

/** Makes the policy of a name. */
export const createPolicy = (name: CachePolicyName, host: PolicyHost): EvictionPolicy => {
  switch (name) {
    case 's3-fifo':
      return new S3FifoPolicy(host)
    case 'lru':
      return new LruPolicy()
    case 'lfu':
      return new LfuPolicy()
  }
}
