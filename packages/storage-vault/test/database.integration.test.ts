import { describeWithServer } from '@holdfast/test-servers'
import { testCredentialSource } from '@holdfast/testkit'
import { Client } from 'pg'
import { afterEach, expect, it } from 'vitest'
import {
  createDatabaseCredentialSource,
  type DatabaseCredentialSource,
  type DatabaseCredentialSourceOptions,
} from '../src/database/index.ts'
import { arrange, createToken, uniqueName } from './kv-mount.ts'

describeWithServer('openbao', (vault) => {
  describeWithServer('postgres', (postgres) => {
    const { VAULT_ADDR = '', VAULT_TOKEN = '' } = vault.settings
    const url = new URL(postgres.settings.POSTGRES_URL ?? '')
    const opened: DatabaseCredentialSource[] = []
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((source) => source.close()))
    })

    /** A database engine with a role whose users live as long as the test says. */
    const createEngine = async (options: Readonly<Record<string, unknown>>) => {
      const mount = uniqueName('database')
      await arrange(vault, 'POST', `sys/mounts/${mount}`, { type: 'database' })
      await arrange(vault, 'POST', `${mount}/config/pg`, {
        plugin_name: 'postgresql-database-plugin',
        connection_url: `postgresql://{{username}}:{{password}}@${url.host}${url.pathname}?sslmode=disable`,
        username: url.username,
        password: url.password,
        allowed_roles: ['app'],
      })
      await arrange(vault, 'POST', `${mount}/roles/app`, {
        db_name: 'pg',
        creation_statements: [
          `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';`,
        ],
        ...options,
      })
      const connect = (extra: Partial<DatabaseCredentialSourceOptions> = {}): DatabaseCredentialSource => {
        const auth = { method: 'token', token: VAULT_TOKEN } as const
        const source = createDatabaseCredentialSource({ address: VAULT_ADDR, auth, role: 'app', mount, ...extra })
        opened.push(source)
        return source
      }
      return { mount, connect }
    }
    /** Who one is in the database with these, or the code of the refusal. */
    const whoAmI = async ({ username, password }: { readonly username: string; readonly password: string }) => {
      const own = new URL(url)
      own.username = username
      own.password = password
      const client = new Client({ connectionString: own.href })
      try {
        await client.connect()
        return (await client.query('select current_user')).rows[0]?.current_user
      } catch (error) {
        return Reflect.get(Object(error), 'code')
      } finally {
        await client.end()
      }
    }

    testCredentialSource({
      name: 'database credentials of storage-vault',
      async create() {
        const { mount, connect } = await createEngine({ default_ttl: '2s' })
        const source = connect()
        const secrets: string[] = [(await source.retrieve()).value.reveal().password]
        const replace = async (): Promise<void> =>
          void (await arrange(vault, 'PUT', `sys/leases/revoke-prefix/${mount}/creds/app`))
        return {
          source,
          secrets,
          replace,
          async remove() {
            await arrange(vault, 'DELETE', `${mount}/roles/app`)
            await replace()
          },
          cleanup: () => source.close(),
        }
      },
    })

    it('makes a user that the database lets in, and removes it when it is closed', async () => {
      const { connect } = await createEngine({ default_ttl: '1h', max_ttl: '2h' })
      const source = connect()
      const { value, expiresAt } = await source.retrieve()
      const { username } = value.reveal()
      expect(await whoAmI(value.reveal())).toBe(username)
      expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.now() + 50 * 60_000)
      expect((await source.retrieve()).value.reveal().username).toBe(username)
      await source.close()
      // 28P01: password authentication failed, which PostgreSQL also says of a user who is not there.
      expect(await whoAmI(value.reveal())).toBe('28P01')
    })

    it('renews the lease as long as it can, then tells of another user', async () => {
      const { connect } = await createEngine({ default_ttl: '2s', max_ttl: '5s' })
      const events: unknown[] = []
      const log = (fields: Readonly<Record<string, unknown>>): void => void events.push(fields.event)
      const source = connect({ logger: { debug: log, info: log, warn: log, error: log } })
      const changes = source.watch()[Symbol.asyncIterator]()
      const change = changes.next()
      const first = await source.retrieve()
      const { version } = (await change).value ?? {}
      const second = await source.retrieve()
      expect(second.version).toBe(version)
      expect(second.version).not.toBe(first.version)
      expect(events).toContain('lease.renewed')
      expect(await whoAmI(second.value.reveal())).toBe(second.value.reveal().username)
    })

    it('needs no more than the README says, and names what is missing', async () => {
      const { mount, connect } = await createEngine({ default_ttl: '1h' })
      const leases =
        'path "sys/leases/renew" { capabilities = ["update"] }\npath "sys/leases/revoke" { capabilities = ["update"] }'
      const enough = await createToken(vault, `path "${mount}/creds/app" { capabilities = ["read"] }\n${leases}`)
      const source = connect({ auth: { method: 'token', token: enough } })
      const { value } = await source.retrieve()
      await source.close()
      expect(await whoAmI(value.reveal())).toBe('28P01')
      const nothing = await createToken(vault, leases)
      await expect(connect({ auth: { method: 'token', token: nothing } }).retrieve()).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        details: { path: `${mount}/creds/app`, capabilities: ['read'] },
      })
      await expect(connect({ mount: 'secret' }).retrieve()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    })
  })
})
