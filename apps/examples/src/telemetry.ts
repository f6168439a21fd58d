// How do I see what my service does?
import assert from 'node:assert/strict'

// #region example
import { defaultLatencyBuckets } from '@holdfast/telemetry'

console.log('latencies fall into', defaultLatencyBuckets.length, 'buckets')
// #endregion example

assert.equal(defaultLatencyBuckets.length, 16)
