import { randomBytes } from 'node:crypto'
import { createDatabaseCredentialSource } from '@holdfast/storage-vault/database'
import { describeWithServer } from '@holdfast/test-servers'
import { expect, it } from 'vitest'
import { createQueryLoad } from './query-load.ts'

describeWithServer('openbao', (vault) => {
  describeWithServer('postgres', (postgres) => {
    const { VAULT_ADDR = '', VAULT_TOKEN = '' } = vault.settings
    const url = new URL(postgres.settings.POSTGRES_URL ?? '')

    const arrange = async (path: string, body: unknown): Promise<void> => {
      const headers = { 'X-Vault-Token': VAULT_TOKEN }
      const answer = await fetch(`${VAULT_ADDR}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    }
    /** A database engine whose users live for three seconds and cannot live longer. */
    const createEngine = async (): Promise<string> => {
      const mount = `database-${randomBytes(6).toString('hex')}`
      await arrange(`sys/mounts/${mount}`, { type: 'database' })
      await arrange(`${mount}/config/pg`, {
        plugin_name: 'postgresql-database-plugin',
        connection_url: `postgresql://{{username}}:{{password}}@${url.host}${url.pathname}?sslmode=disable`,
        username: url.username,
        password: url.password,
        allowed_roles: ['app'],
      })
      await arrange(`${mount}/roles/app`, {
        db_name: 'pg',
        default_ttl: '3s',
        max_ttl: '3s',
        creation_statements: [
          `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';`,
        ],
      })
      return mount
    }

    it('moves from one user that Vault makes to the next before it ends, under full load, and no query fails', async () => {
      const mount = await createEngine()
      const auth = { method: 'token', token: VAULT_TOKEN } as const
      const source = createDatabaseCredentialSource({ address: VAULT_ADDR, auth, role: 'app', mount })
      const load = await createQueryLoad(url, source, 1000)
      await load.until(() => load.drained.length === 3)
      await load.queried(100)
      const statistics = await load.stop()
      await source.close()
      expect(load.queries.failures).toEqual([])
      expect(load.failed).toEqual([])
      // Each had its turn, and the one before has ended before Vault took it away.
      expect(load.queries.byUser.size).toBeGreaterThanOrEqual(4)
      expect(load.drained.map(({ forced }) => forced)).toEqual(load.drained.map(() => 0))
      expect(statistics).toMatchObject({ createFailures: 0, timeouts: 0, revocations: 0 })
    })
  })
})
