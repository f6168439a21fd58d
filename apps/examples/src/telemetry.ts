// How do I see what my service does?
import assert from 'node:assert/strict'

// #region example
import { createServer } from 'node:http'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createMetricsRegistry, metrics, observeProcess, prometheusHandler } from '@holdfast/telemetry'

const registry = createMetricsRegistry()
observeProcess(registry) // processor, memory, event loop, garbage collection

const measured = metrics({ registry })
const storage = measured.layer(credentialStorageOperations)(createMemoryStorage()) // any contract with an operation table

const jobs = registry.counter({ name: 'jobs_total', help: 'Jobs that were done.', labels: ['queue'] })
const mails = jobs.bind({ queue: 'mail' }) // bound once, then as cheap as a number

const page = prometheusHandler(registry)
const server = createServer(page.node) // or page.fetch, for Request → Response
// #endregion example

mails.add()
await storage.exists('db/main')
await storage.retrieve('db/main').catch(() => undefined)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = server.address()
const response = await fetch(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/metrics`)
const text = await response.text()
console.log(text.replace(/^(# .*|v8js.*|nodejs.*|process.*|.*_bucket.*)\n/gm, ''))
assert.match(text, /^jobs_total\{queue="mail"\} 1$/m)
assert.match(text, /^holdfast_operations_total\{.*operation="retrieve",code="NOT_FOUND"\} 1$/m)
assert.match(text, /^process_cpu_seconds_total /m)

// #region read
const [backend] = measured.read() // the same inside the process, as plain data
console.log(backend?.operations.retrieve) // { calls: 1, errors: { NOT_FOUND: 1 }, meanLatencyMs: 0.2, … }
console.log(backend?.errorRate) // 0: a NOT_FOUND is an answer
// #endregion read

assert.equal(backend?.operations.retrieve?.errors.NOT_FOUND, 1)
assert.equal(backend?.errorRate, 0)
server.close()
await storage.close()
