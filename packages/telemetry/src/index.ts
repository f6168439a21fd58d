export { defaultLatencyBuckets } from './metrics/latency-buckets.ts'
