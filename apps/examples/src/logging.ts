// How do I log what happens without logging a secret?
import assert from 'node:assert/strict'

const lines: string[] = []
const destination = {
  write(line: string) {
    lines.push(line)
    process.stdout.write(line)
  },
}

// #region example
import { compose, Secret } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { logging, redacting } from '@holdfast/telemetry'
import { pino } from 'pino'

const logger = pino({ level: 'debug' }, destination) // pino is a logger as it is
const backend = createMemoryStorage()
const storage = compose(
  backend,
  logging({ logger, slowCallMs: 250, levels: { success: 'debug' } }).layer(credentialStorageOperations),
)
await storage.exists('db/main') // debug: exists succeeded
await storage.retrieve('db/main').catch(() => undefined) // info: retrieve was answered with an error, code NOT_FOUND
backend.failNextWith('UNAVAILABLE')
await storage.retrieve('db/main').catch(() => undefined) // warn: retrieve failed for now, with the error and its causes

// For code that you do not know: nothing that it logs shows a secret.
const careful = redacting(logger)
careful.info({ password: new Secret('correct horse'), url: 'postgres://app:correct-horse@db/main' }, 'connecting')
// #endregion example

const [exists, missing, unavailable, connecting] = lines.map((line): Record<string, unknown> => JSON.parse(line))
assert.deepEqual([exists?.level, missing?.level, unavailable?.level], [20, 30, 40])
assert.equal(missing?.code, 'NOT_FOUND')
assert.equal(unavailable?.credentialId, 'db/main')
assert.equal(connecting?.url, 'postgres://[redacted]@db/main')
assert.ok(!lines.join('').includes('correct'))
await storage.close()
