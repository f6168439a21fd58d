// How do I measure what only my code knows?
import assert from 'node:assert/strict'

const text = async (): Promise<string> => (await page.fetch(new Request('http://example.test/metrics'))).text()

// #region example
import { createMetricsRegistry, prometheusHandler } from '@holdfast/telemetry'

const registry = createMetricsRegistry({ maxSeriesPerMetric: 500 })
const page = prometheusHandler(registry)

const waiting = registry.histogram({
  name: 'job_wait_seconds', // the unit at the end, and it is a base unit
  help: 'How long jobs waited for their turn.',
  labels: ['queue'],
  buckets: [0.1, 1, 10, 60], // default: 1 ms to 10 s
})
waiting.bind({ queue: 'mail' }).record(0.25)

// What an object knows about itself is asked for when somebody looks.
const queues = new Map([
  ['mail', ['a', 'b']],
  ['push', []],
])
const end = registry.observe({ name: 'jobs_waiting', help: 'Jobs that wait.', labels: ['queue'] }, (observe) => {
  for (const [queue, jobs] of queues) observe(jobs.length, { queue })
})
// #endregion example

const seen = await text()
console.log(seen)
assert.match(seen, /^job_wait_seconds_bucket\{queue="mail",le="0\.1"\} 0$/m)
assert.match(seen, /^job_wait_seconds_bucket\{queue="mail",le="1"\} 1$/m)
assert.match(seen, /^jobs_waiting\{queue="mail"\} 2$/m)

// #region gone
waiting.unbind({ queue: 'mail' }) // the queue is gone, and its series with it
end()
// #endregion gone

assert.equal(await text(), '')

// #region overflow
const logins = registry.counter({ name: 'logins_total', help: 'Logins.', labels: ['user'] })
for (let user = 0; user < 1000; user++) logins.bind({ user: `user-${user}` }).add() // a label that should not be one
// #endregion overflow

assert.match(await text(), /^logins_total\{user="__overflow__"\} 500$/m)
assert.match(await text(), /^holdfast_telemetry_overflows_total\{metric="logins_total"\} 500$/m)
