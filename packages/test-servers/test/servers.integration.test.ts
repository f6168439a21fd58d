import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { expect, it } from 'vitest'
import { httpAnswer, untilSuccess } from '../src/http-answer.ts'
import { describeWithOwnServer, describeWithServer, type StartOwnServer, type TestServer } from '../src/index.ts'
import { tcpExchange } from '../src/tcp-exchange.ts'

const saysItsVersion =
  (pattern: RegExp) =>
  ({ version, settings }: TestServer): void => {
    it('says its version and how to reach it', () => {
      expect(version).toMatch(pattern)
      expect(Object.values(settings).join()).not.toContain('undefined')
    })
  }

describeWithServer('redis', saysItsVersion(/^\d+\.\d+\.\d+$/))
describeWithServer('redis-cluster', saysItsVersion(/^\d+\.\d+\.\d+$/))
describeWithServer('postgres', saysItsVersion(/^\d+\.\d+$/))
describeWithServer('postgres18', saysItsVersion(/^18\.\d+$/))
describeWithServer('prometheus', saysItsVersion(/^\d+\.\d+\.\d+/))
describeWithServer('openbao', saysItsVersion(/^2\.\d+\.\d+$/))
describeWithServer('openbao-tls', saysItsVersion(/^2\.\d+\.\d+$/))
describeWithServer('openbao-raft', saysItsVersion(/^2\.\d+\.\d+$/))
describeWithServer('ministack', saysItsVersion(/^1\.5\.33$/))
describeWithServer('ministack-iam', saysItsVersion(/^1\.5\.33$/))
describeWithServer('moto', saysItsVersion(/^5\.2\.5$/))
describeWithServer('moto-recorded', saysItsVersion(/^5\.2\.5$/))
describeWithServer('versitygw', saysItsVersion(/^1\.8\.0$/))
describeWithServer('kubernetes', saysItsVersion(/^1\.36\.3$/))

const portOf = (url = ''): number => Number(new URL(url).port)

describeWithOwnServer('redis', (start) => {
  it('keeps what was written through a kill and a restart', async () => {
    const server = await start()
    const port = portOf(server.settings.REDIS_URL)
    // The append-only file is written at once and synced every second: the kernel keeps what a killed process wrote.
    await tcpExchange(port, 'SET kept yes\r\n', '+OK')
    await server.kill()
    await server.restart()
    expect(await tcpExchange(port, 'GET kept\r\n', 'yes\r\n')).toContain('yes')
  })
})

const keepsItsRows = (start: StartOwnServer): void => {
  it('keeps what was written through a kill and a restart', async () => {
    const server = await start()
    const query = async (text: string): Promise<unknown> => {
      const client = new Client({ connectionString: server.settings.POSTGRES_URL })
      await client.connect()
      const { rows } = await client.query(text)
      await client.end()
      return rows
    }
    await query('create table kept (value text)')
    await query(`insert into kept values ('yes')`)
    await server.kill()
    await server.restart()
    expect(await query('select value from kept')).toEqual([{ value: 'yes' }])
  })
}

describeWithOwnServer('postgres', keepsItsRows)
describeWithOwnServer('postgres18', keepsItsRows)

describeWithOwnServer('openbao-raft', (start) => {
  it('keeps what was written, is unsealed after a restart, and can be sealed by hand', async () => {
    const server = await start()
    const { VAULT_ADDR, VAULT_TOKEN = '', VAULT_UNSEAL_KEY } = server.settings
    const headers = { 'x-vault-token': VAULT_TOKEN }
    const secret = `${VAULT_ADDR}/v1/secret/data/kept`
    await httpAnswer(secret, { method: 'POST', headers, body: JSON.stringify({ data: { value: 'yes' } }) })
    await server.kill()
    await server.restart()
    expect(await httpAnswer(secret, { headers })).toContain('"value":"yes"')
    await httpAnswer(`${VAULT_ADDR}/v1/sys/seal`, { method: 'PUT', headers })
    await expect(httpAnswer(secret, { headers })).rejects.toThrow('503')
    const body = JSON.stringify({ key: VAULT_UNSEAL_KEY })
    await httpAnswer(`${VAULT_ADDR}/v1/sys/unseal`, { method: 'PUT', body })
    await untilSuccess(() => httpAnswer(secret, { headers }), 20_000)
  })
})

describeWithOwnServer('redis-cluster', (start) => {
  it('goes on without a killed node, which has its data when it is back', async () => {
    const server = await start()
    const [first = 0, , third = 0] =
      server.settings.REDIS_CLUSTER_NODES?.split(',').map((node) => Number(node.split(':')[1])) ?? []
    // Slot 12182 of the key foo belongs to the third node of three.
    await tcpExchange(third, 'SET foo bar\r\n', '+OK')
    expect(await tcpExchange(first, 'GET foo\r\n', '\r\n')).toBe(`-MOVED 12182 127.0.0.1:${third}\r\n`)
    await server.kill('SIGKILL', 'node-3')
    await expect(tcpExchange(third, 'PING\r\n', 'PONG')).rejects.toThrow('ECONNREFUSED')
    await tcpExchange(first, 'PING\r\n', '+PONG')
    await server.restart()
    expect(await tcpExchange(third, 'GET foo\r\n', 'bar\r\n')).toContain('bar')
  })
})

describeWithServer('prometheus', ({ settings }) => {
  it('scrapes what a test lists, and promtool judges a page', async () => {
    const page = '# HELP kept_total What was kept.\n# TYPE kept_total counter\nkept_total 42\n'
    const exporter = createServer((_, response) => response.end(page)).listen(0, '127.0.0.1')
    await new Promise((resolve) => exporter.once('listening', resolve))
    const address = exporter.address()
    const target = `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    const file = join(settings.PROMETHEUS_TARGETS_FOLDER ?? '', 'test-servers.json')
    await writeFile(file, JSON.stringify([{ targets: [target], labels: { suite: 'test-servers' } }]))
    const query = `${settings.PROMETHEUS_URL}/api/v1/query?query=${encodeURIComponent('kept_total{suite="test-servers"}')}`
    await untilSuccess(async () => expect(await httpAnswer(query)).toContain('"42"'), 30_000)
    exporter.close()
    await writeFile(file, '[]')
    const checked = promisify(execFile)('sh', [
      '-c',
      'printf "%s" "$0" | "$1" check metrics',
      page,
      settings.PROMTOOL ?? '',
    ])
    expect((await checked).stderr).toBe('')
  })
})

describeWithServer('kubernetes', ({ settings }) => {
  it('denies users without a role what the administrator may', async () => {
    const ca = await readFile(settings.KUBERNETES_CACERT ?? '', 'utf8')
    const list = (token = ''): Promise<string> =>
      httpAnswer(`${settings.KUBERNETES_URL}/api/v1/namespaces/default/secrets`, {
        headers: { authorization: `Bearer ${token}` },
        ca,
      })
    expect(await list(settings.KUBERNETES_TOKEN)).toContain('SecretList')
    const { 'user-1': token } = JSON.parse(settings.KUBERNETES_USER_TOKENS ?? '{}')
    await expect(list(token)).rejects.toThrow('403')
    await expect(list('nobody')).rejects.toThrow('401')
  })
})
