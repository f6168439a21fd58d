import { HoldfastError } from '@holdfast/contracts'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { Client, DatabaseError } from 'pg'

/** A user and the password that lets it in. */
export interface Login {
  readonly username: string
  readonly password: string
}

/** Codes of PostgreSQL for a wrong password and for a role that may not log in: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const refusals: readonly (string | undefined)[] = ['28P01', '28000']

/** PostgreSQL with `pg`, one connection for each resource. */
export const createPostgresAdapter = (url: URL): ResourceAdapter<Client> => ({
  name: 'postgres',
  async create({ credentials, signal }) {
    // The tests give the pool this one credential.
    const { username: user, password } = (credentials.login?.value.reveal() ?? {}) as Partial<Login>
    const { hostname: host, port } = url
    const client = new Client({ host, port: Number(port), database: url.pathname.slice(1), user, password })
    // A connection that is lost while nobody uses it is found by validate.
    client.on('error', () => {})
    const onAbort = (): void => void client.end().catch(() => {})
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await client.connect()
      return client
    } catch (error) {
      throw new HoldfastError({
        code: error instanceof DatabaseError && refusals.includes(error.code) ? 'UNAUTHENTICATED' : 'UNAVAILABLE',
        source: 'postgres',
        operation: 'create',
        message: `PostgreSQL did not let ${user} in.`,
        hint: 'The cause says why.',
        cause: error,
      })
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  },
  async validate(client) {
    await client.query('select 1')
    return true
  },
  // Ends what the last user left open, and forgets its settings.
  async reset(client) {
    await client.query('rollback; reset all')
  },
  destroy: (client) => client.end(),
  isBroken: (error) => !(error instanceof DatabaseError) || (error.code ?? '').startsWith('57P'),
})
