// How do I reach it and see that it works?
import assert from 'node:assert/strict'

// #region example
import { createPoolResource } from '@holdfast/resource-pool'

const instance = createPoolResource({ label: 'example' })
const health = await instance.health()
console.log(instance.name, 'is', health.status)
await instance.close()
// #endregion example

assert.equal(health.status, 'up')
