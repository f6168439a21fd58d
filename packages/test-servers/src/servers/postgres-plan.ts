import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import type { PlanContext, ServerPlan } from '../server-definition.ts'
import { unprivileged } from '../unprivileged.ts'

const query = async (url: string, statement: string): Promise<unknown> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  // A server that ends later must not end this process: https://node-postgres.com/apis/client#error
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<Record<string, unknown>>(statement)
    return Object.values(rows[0] ?? {})[0]
  } finally {
    await client.end().catch(() => {})
  }
}

/** Asks a PostgreSQL for its version: `15.18`. */
export const postgresVersion = async (url: string): Promise<string> =>
  String(await query(url, 'show server_version')).split(' ')[0] ?? 'unknown'

/**
 * A new cluster with a password, on TCP only. It does not wait for the disk: what survives the death of its processes is the
 * same, and no test cuts the power.
 */
export const planPostgres = async ({ programs, folder, freePort, run }: PlanContext): Promise<ServerPlan> => {
  const port = await freePort()
  const { postgres = 'postgres', initdb = 'initdb' } = programs.paths
  const password = randomBytes(12).toString('hex')
  const passwordFile = join(folder, 'password')
  const data = join(folder, 'data')
  await writeFile(passwordFile, password)
  // It refuses to be run by root.
  const [wrapper, ...wrapped] = await unprivileged(folder)
  const command = (name: string, parameters: readonly string[]): readonly [string, readonly string[]] =>
    wrapper === undefined ? [name, parameters] : [wrapper, [...wrapped, name, ...parameters]]
  await run(
    ...command(initdb, [
      ...['--pgdata', data, '--username', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    ]),
  )
  await rm(passwordFile)
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: '200',
  }
  const [started, parameters] = command(postgres, [
    ...['-D', data],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ])
  return {
    settings: { POSTGRES_URL: url },
    processes: [
      {
        name: 'postgres',
        program: started,
        parameters,
        // Ends connections and writes a checkpoint; SIGTERM would wait for clients to leave.
        stopSignal: 'SIGINT',
        ready: async () => void (await postgresVersion(url)),
      },
    ],
  }
}
