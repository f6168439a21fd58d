// How do I see what a store does that configuration names: calls, latencies, retries, its circuit?
import assert from 'node:assert/strict'

// #region example
import { openStorage } from '@holdfast/config'
import { createMetricsRegistry, prometheusHandler } from '@holdfast/telemetry'

const registry = createMetricsRegistry()
const storage = await openStorage('memory:', { metrics: registry }) // openManager takes it too
await storage.exists('db/main')

const page = prometheusHandler(registry).fetch
const text = await (await page(new Request('http://localhost/metrics'))).text()
// #endregion example

console.log(text.replace(/^(# .*|.*_bucket.*)\n/gm, ''))
assert.match(text, /^holdfast_operations_total\{package="storage-memory",.*operation="exists",code="OK"\} 1$/m)
await storage.close()
assert.deepEqual(
  [...registry.collect()].flatMap(({ series }) => [...series]),
  [],
)
