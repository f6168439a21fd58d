import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { askSupervisor } from '../src/ask-supervisor.ts'
import { createSharedServers, type SharedServers } from '../src/shared-servers.ts'
import { startServer } from '../src/start-server.ts'
import { startSupervisor } from '../src/supervisor.ts'
import { askFake, fakeDefinition } from './fake-definition.ts'

let servers: SharedServers
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-shared-'))
  servers = createSharedServers({ progress: () => {}, cacheFolder: folder, define: (name) => define(name) })
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await servers.stop()
  await rm(folder, { recursive: true })
})

const define = (name: string) => {
  if (name === 'broken') return fakeDefinition({ mode: 'dies' })
  const absent = { findOnMachine: async () => undefined, needs: ['a-client-nobody-has'] }
  if (name === 'absent') return fakeDefinition({ installation: absent })
  const container = {
    service: 'fake',
    portVariables: ['FAKE_PORT'],
    settings: ([port]: readonly number[]) => ({ FAKE_URL: `http://127.0.0.1:${port}` }),
  }
  if (name === 'container') return { ...fakeDefinition({ installation: absent }), version: async () => '1', container }
  return fakeDefinition()
}

/** A process of the same run; resolves with the settings it was given. */
const askFromOtherProcess = (address: string, name: string): Promise<string> => {
  const module = JSON.stringify(join(import.meta.dirname, '../src/ask-supervisor.ts'))
  const script = `
    import { askSupervisor } from ${module}
    process.stdout.write(await askSupervisor(${JSON.stringify(address)}, '/use/${name}'))`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (text) => {
    output += String(text)
  })
  return new Promise((resolve) => child.on('close', () => resolve(output)))
}

describe('servers of one run', () => {
  it('are started once for all that ask at the same time', async () => {
    const [one, other] = await Promise.all([servers.use('good'), servers.use('good')])
    expect(other).toBe(one)
    expect((await askFake(one.settings.FAKE_URL)).starts).toBe(1)
    await servers.stop()
    await expect(askFake(one.settings.FAKE_URL)).rejects.toThrow('ECONNREFUSED')
  })

  it('are shared by processes through the supervisor, and end with it', async () => {
    const supervisor = await startSupervisor(servers)
    const { address } = supervisor
    const answers = await Promise.all([askFromOtherProcess(address, 'good'), askFromOtherProcess(address, 'good')])
    expect(answers[0]).toBe(answers[1])
    const { status, server } = JSON.parse(answers[0] ?? '')
    expect([status, server.origin]).toEqual(['running', 'path'])
    expect((await askFake(server.settings.FAKE_URL)).starts).toBe(1)
    await supervisor.close()
    await expect(askFake(server.settings.FAKE_URL)).rejects.toThrow('ECONNREFUSED')
    await expect(askSupervisor(address, '/use/good')).rejects.toThrow()
  })

  it('are told apart when they are absent and when they do not start', async () => {
    const supervisor = await startSupervisor(servers)
    const ask = async (name: string) => JSON.parse(await askSupervisor(supervisor.address, `/use/${name}`))
    expect(await ask('absent')).toEqual({
      status: 'absent',
      reason: 'fetching it needs a-client-nobody-has, which is not on PATH.',
      remedy: 'Get it with: npm run servers -- fetch fake',
    })
    expect(await ask('broken')).toMatchObject({ status: 'failed', reason: expect.stringContaining('its 7th line') })
    await supervisor.close()
  })

  it('report who used what', async () => {
    const supervisor = await startSupervisor(servers)
    const use = { server: 'good', title: 'Fake', version: '1', origin: 'path', suite: 'a.test.ts' }
    await askSupervisor(supervisor.address, '/report', JSON.stringify(use))
    expect(supervisor.uses).toEqual([use])
    await supervisor.close()
  })
})

describe('a server from the environment', () => {
  it('comes first, and is left running', async () => {
    const own = await startServer(fakeDefinition())
    vi.stubEnv('FAKE_URL', own.settings.FAKE_URL)
    const { origin, settings } = await servers.use('good')
    expect([origin, settings]).toEqual(['environment', { FAKE_URL: own.settings.FAKE_URL }])
    await servers.stop()
    expect((await askFake(own.settings.FAKE_URL)).pid).toBe(own.pid)
    await own.stop()
  })

  it('that does not answer is said so', async () => {
    vi.stubEnv('FAKE_URL', 'http://127.0.0.1:1')
    await expect(servers.use('good')).rejects.toThrow(
      /fake is given by FAKE_URL, but does not answer .*: start it, or unset/,
    )
  })
})

describe('a server from docker compose', () => {
  /** A program called docker that writes down what it was asked. */
  const installDocker = async (exitCode: number): Promise<() => Promise<string>> => {
    const calls = join(folder, 'calls')
    const script = `#!/bin/sh\necho "$FAKE_PORT: $*" >> ${calls}\nexit ${exitCode}\n`
    await writeFile(join(folder, 'docker'), script)
    await chmod(join(folder, 'docker'), 0o755)
    vi.stubEnv('PATH', [folder, process.env.PATH].join(delimiter))
    return () => readFile(calls, 'utf8')
  }

  it('stands in when nothing else is to be had, on a free port, and is taken down', async () => {
    const calls = await installDocker(0)
    const { origin, settings } = await servers.use('container')
    const { port } = new URL(settings.FAKE_URL ?? '')
    expect(origin).toBe('docker')
    await servers.stop()
    const project = /--project-name (holdfast-fake-\S+)/.exec(await calls())?.[1]
    const file = /--file (\S+docker-compose\.test\.yml)/.exec(await calls())?.[1]
    const compose = `${port}: compose --project-name ${project} --file ${file}`
    expect((await calls()).split('\n').slice(2, 4)).toEqual([
      `${compose} up --detach --wait fake`,
      `${compose} down --volumes`,
    ])
  })

  it('is not tried where there is no daemon', async () => {
    const calls = await installDocker(1)
    await expect(servers.use('container')).rejects.toThrow('a-client-nobody-has')
    expect(await calls()).toBe(': info\n')
  })
})
