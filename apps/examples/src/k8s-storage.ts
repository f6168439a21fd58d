// How do I reach it and see that it works?
import assert from 'node:assert/strict'

// #region example
import { createK8sStorage } from '@holdfast/storage-k8s'

const instance = createK8sStorage({ label: 'example' })
const health = await instance.health()
console.log(instance.name, 'is', health.status)
await instance.close()
// #endregion example

assert.equal(health.status, 'up')
