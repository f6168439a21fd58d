// How do I call something that sometimes fails?
import assert from 'node:assert/strict'

// #region example
import { HoldfastError } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { standard } from '@holdfast/resilience'
import { createMemoryStorage } from '@holdfast/storage-memory'

const policy = standard({ timeoutMs: 2000, retry: { retries: 3, baseDelayMs: 10 } })
policy.attempts.on('attempt.failed', ({ operation, attempt, code, delayMs }) =>
  console.log(`${operation}, attempt ${attempt}: ${code}, again in ${Math.round(delayMs ?? 0)} ms`),
)

const backend = createMemoryStorage()
backend.failNextWith('UNAVAILABLE', { times: 2 })
const storage = policy.layer(credentialStorageOperations)(backend) // any contract with an operation table
console.log('exists:', await storage.exists('db/main'))

const answer = await policy.execute(async ({ attempt }) => (attempt === 1 ? fail() : `attempt ${attempt}`)) // or any function
// #endregion example

function fail(): never {
  throw new HoldfastError({
    code: 'RATE_LIMITED',
    source: 'example',
    operation: 'execute',
    message: 'Too many requests.',
    hint: 'Wait a moment.',
    retryAfterMs: 20,
  })
}
console.log('answer:', answer)
assert.equal(answer, 'attempt 2')
assert.equal(policy.state(), 'closed')
await storage.close()
