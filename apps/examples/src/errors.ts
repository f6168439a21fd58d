// How do I tell errors apart, and what may I log of them?
import assert from 'node:assert/strict'
import { createMemoryStorage } from '@holdfast/storage-memory'

const storage = createMemoryStorage()
storage.failNextWith('UNAVAILABLE')
const outcomes: string[] = []

// #region example
import { HoldfastError } from '@holdfast/contracts'

const lookUp = async (id: string): Promise<string> => {
  try {
    return (await storage.retrieve(id)).version
  } catch (error) {
    if (HoldfastError.is(error, 'NOT_FOUND')) return 'nothing there'
    if (HoldfastError.is(error) && error.retryable) return `later: ${error.code}`
    throw error
  }
}
// #endregion example

outcomes.push(await lookUp('db/main'), await lookUp('db/main'))
console.log(outcomes)
assert.deepEqual(outcomes, ['later: UNAVAILABLE', 'nothing there'])

const error: unknown = await storage.retrieve('db/main').catch((thrown: unknown) => thrown)
assert.ok(HoldfastError.is(error))
console.log(error.toJSON()) // plain data for a structured log
await storage.close()
