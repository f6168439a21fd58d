// How does a service change the password of its database while it is being used?
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { basic, createCredentialManager, createKeyring, passphrase } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'

/** Stands for a database: it asks for the password when somebody connects, and never again. */
const server = {
  passwords: new Map([
    ['blue', 'first'],
    ['green', 'never used'],
  ]),
  sessions: new Set<Session>(),
}
interface Session {
  readonly user: string
  query(text: string): Promise<string>
}
const connect = async (user: string, password: string): Promise<Session> => {
  await delay(2)
  if (server.passwords.get(user) !== password) throw Object.assign(new Error('access denied'), { code: '28P01' })
  const session = { user, query: async (text: string) => delay(1, `${text}, asked by ${user}`) }
  server.sessions.add(session)
  return session
}

const storage = createMemoryStorage()
const keyring = createKeyring({ storage, unlock: [passphrase('correct horse battery staple')], createIfMissing: true })
const secrets = createCredentialManager({ storage, keyring })
await secrets.store(basic('db/orders'), { username: 'blue', password: 'first' })

// #region adapter
import { HoldfastError } from '@holdfast/contracts'
import type { ResourceAdapter } from '@holdfast/contracts/resources'

const database: ResourceAdapter<Session> = {
  name: 'database',
  async create({ credentials: { login } }) {
    const { username = '', password = '' } = basic.definition.read(login?.value.reveal() ?? '').value ?? {}
    try {
      return await connect(username, password)
    } catch (error) {
      // The code tells the pool to read the credentials again, past every cache, instead of trying the same ones on and on.
      throw new HoldfastError({
        code: Reflect.get(Object(error), 'code') === '28P01' ? 'UNAUTHENTICATED' : 'UNAVAILABLE',
        source: 'database',
        operation: 'create',
        message: `The database did not let ${username} in.`,
        hint: 'Compare the credential with the user in the database.',
        cause: error,
      })
    }
  },
  // What a user may do belongs here: a new one who lacks a permission is found before anybody depends on it.
  validate: async (session) => (await session.query('select 1')) !== '',
  async destroy(session) {
    server.sessions.delete(session)
  },
}

// #endregion adapter

// #region register
import { createResourceManager, resourceKey } from '@holdfast/resource-pool/manager'

const ordersDb = resourceKey<Session>('orders-db')
const manager = createResourceManager()
manager.register(ordersDb, {
  adapter: database,
  pool: { maxSize: 5, maxLifetimeMs: 200, acquireTimeoutMs: 10_000 },
  credentials: { login: secrets.source(basic('db/orders')) },
  rotation: { maxDrainMs: 30_000 },
  health: false,
})
await manager.start()
// #endregion register

const events: string[] = []
// #region events
manager.on('credentials.rotated', ({ resource, epoch }) => events.push(`${resource} has moved, epoch ${epoch}`))
manager.on('rotation.failed', ({ resource, code }) => events.push(`${resource} stays where it is: ${code}`))
manager.on('rotation.drained', ({ resource, forced }) =>
  events.push(`${resource}: the old ones are gone, ${forced} by force`),
)
// #endregion events

let isOver = false
let answers = 0
const failures: unknown[] = []
const users = new Set<string>()
const work = async (): Promise<void> => {
  while (!isOver) {
    try {
      users.add(await manager.use(ordersDb, async (session) => (await session.query('orders')) && session.user))
      answers += 1
    } catch (error) {
      failures.push(error)
    }
  }
}
const answered = async (more: number): Promise<void> => {
  const goal = answers + more
  while (answers < goal) await delay(1)
}
const drained = async (): Promise<void> => {
  const seen = events.filter((event) => event.includes('gone')).length
  while (events.filter((event) => event.includes('gone')).length === seen) await delay(1)
}
const workers = Array.from({ length: 20 }, work)
await answered(100)

// #region single
// One user: the old password is worth nothing from this moment on. Connections that are open go on, and new ones wait.
server.passwords.set('blue', 'second')
await secrets.update(basic('db/orders'), { username: 'blue', password: 'second' })
// #endregion single
await drained()
await answered(100)

// #region alternating
// Two users in turns: the one that nobody uses gets a new password, and nobody ever waits.
server.passwords.set('green', 'third')
await secrets.update(basic('db/orders'), { username: 'green', password: 'third' })
// #endregion alternating
await drained()
users.clear()
await answered(100)
assert.deepEqual([...users], ['green'])

// #region kept
// A password that does not work: nothing moves, and what is in use stays in use.
await secrets.update(basic('db/orders'), { username: 'green', password: 'mistyped' })
// #endregion kept
while (!events.some((event) => event.includes('stays'))) await delay(1)
await answered(100)
await secrets.update(basic('db/orders'), { username: 'green', password: 'third' })

isOver = true
await Promise.all(workers)
console.log(answers, 'answers,', failures.length, 'failures')
console.log(events)
assert.deepEqual(failures, [])
assert.ok(events.includes('orders-db stays where it is: UNAUTHENTICATED'))
assert.ok(events.filter((event) => event.includes('has moved')).length >= 2)
await manager.close()
await secrets.close()
assert.equal(server.sessions.size, 0)
