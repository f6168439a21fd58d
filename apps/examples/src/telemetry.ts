// How do I reach it and see that it works?
import assert from 'node:assert/strict'

// #region example
import { createTelemetry } from '@holdfast/telemetry'

const instance = createTelemetry({ label: 'example' })
const health = await instance.health()
console.log(instance.name, 'is', health.status)
await instance.close()
// #endregion example

assert.equal(health.status, 'up')
