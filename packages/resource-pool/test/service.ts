import { createResourceManager, resourceKey } from '../src/manager/index.ts'

/**
 * A service as a user writes it, for a test that starts it as a process: what becomes of its resources is printed. The first
 * argument says what goes wrong: `refuse`: its database cannot be reached; `hang`: a lease is never given back.
 */
const [fault] = process.argv.slice(2)
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const adapter = (name: string) => ({
  name,
  create: async () => {
    if (fault === 'refuse' && name === 'database') throw new Error('connection refused')
    return {}
  },
  destroy: async () => say(`${name} ended`),
})

const database = resourceKey<object>('database')
const queue = resourceKey<object>('queue')
const manager = createResourceManager({ startTimeoutMs: 1000 })
manager.register(database, { adapter: adapter('database'), pool: { minSize: 1 } })
manager.register(queue, { adapter: adapter('queue'), pool: { minSize: 1 }, requires: [database] })

await manager.run({
  inspectAs: 'service',
  stopDeadlineMs: 500,
  onStarted: async () => {
    if (fault === 'hang') await manager.acquire(database)
    say('started')
  },
  onReadiness: (isReady) => say(isReady ? 'ready' : 'not ready'),
})
say('ended')
