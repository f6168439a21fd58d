import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { freePort } from '../src/free-port.ts'
import { startServer } from '../src/start-server.ts'
import { askFake, type FakeOptions, fakeDefinition } from './fake-definition.ts'
import { isAlive, untilGone } from './is-alive.ts'

const start = (options: FakeOptions = {}, startTimeoutMs = 30_000) =>
  startServer(fakeDefinition(options), { startTimeoutMs, stopTimeoutMs: 300 })

const problemOf = async (options: FakeOptions, startTimeoutMs?: number): Promise<Error> => {
  const outcome = await start(options, startTimeoutMs).catch((error: unknown) => error)
  if (outcome instanceof Error) return outcome
  throw new Error('it started')
}

describe('a server that starts', () => {
  it('serves on its settings, and is gone with its data when it is stopped', async () => {
    const server = await start()
    const { FAKE_URL, FAKE_FOLDER = '' } = server.settings
    expect(await askFake(FAKE_URL)).toEqual({ pid: server.pid, starts: 1 })
    expect(server).toMatchObject({ name: 'fake', title: 'Fake', origin: 'path', isRunning: true })
    const { pid } = server
    await server.stop()
    await server.stop()
    expect(await isAlive(pid)).toBe(false)
    expect(existsSync(FAKE_FOLDER)).toBe(false)
    expect(server.isRunning).toBe(false)
    await expect(server.restart()).rejects.toThrow('start a new one')
  })

  it('restarts on the same port with the same data', async () => {
    const server = await start()
    const { pid } = server
    await server.restart()
    expect(server.pid).not.toBe(pid)
    expect(await isAlive(pid)).toBe(false)
    expect(await askFake(server.settings.FAKE_URL)).toEqual({ pid: server.pid, starts: 2 })
    await server.stop()
  })

  it('is gone when kill resolves, and comes back', async () => {
    const server = await start()
    const { pid } = server
    await server.kill()
    expect([await isAlive(pid), server.isRunning]).toEqual([false, false])
    await expect(askFake(server.settings.FAKE_URL)).rejects.toThrow()
    await server.restart()
    expect((await askFake(server.settings.FAKE_URL)).starts).toBe(2)
    await server.stop()
  })

  it('answers nothing while it is suspended, and what waited when it goes on', async () => {
    const server = await start()
    await server.suspend()
    const waiting = askFake(server.settings.FAKE_URL)
    let isAnswered = false
    void waiting.then(() => {
      isAnswered = true
    })
    expect(await readFile(`/proc/${server.pid}/stat`, 'utf8')).toMatch(/\) T /)
    expect(isAnswered).toBe(false)
    await server.resume()
    expect((await waiting).pid).toBe(server.pid)
    await server.suspend()
    await server.stop()
  })

  it('ends also when it does not want to', async () => {
    const server = await start({ mode: 'ignores-sigterm' })
    const { pid } = server
    await server.stop()
    expect(await isAlive(pid)).toBe(false)
  })

  it('takes its descendants along, in whatever group they are', async () => {
    const server = await start({ mode: 'family' })
    const child = Number(await readFile(`${server.settings.FAKE_FOLDER}/child`, 'utf8'))
    expect(await isAlive(child)).toBe(true)
    await server.kill()
    await untilGone(child)
    await server.stop()
  })

  it('says which processes it has', async () => {
    const server = await start()
    expect(server.pids).toEqual({ fake: server.pid })
    await expect(server.kill('SIGKILL', 'other')).rejects.toThrow('fake has no process other; it has fake')
    await server.stop()
  })
})

describe('a server that does not start', () => {
  it('is told by its last lines as soon as it has ended', async () => {
    const started = performance.now()
    const { message } = await problemOf({ mode: 'dies' })
    expect(message).toContain('fake did not start: fake ended during its start (exit code 3)')
    expect(message).toContain('its 7th line makes no sense')
    // Far from the 30 s that a start may take.
    expect(performance.now() - started).toBeLessThan(15_000)
  })

  it.each(['never-ready', 'hangs'] as const)('is ended at the deadline when it is %s', async (mode) => {
    const port = await freePort()
    const { message } = await problemOf({ mode, ports: [port] }, 1500)
    expect(message).toMatch(/fake was not ready after \d+ ms/)
    if (mode === 'never-ready') expect(message).toContain('was answered with 503')
    await expect(askFake(`http://127.0.0.1:${port}`)).rejects.toThrow('ECONNREFUSED')
  })

  it('cannot be run at all', async () => {
    const installation = { findOnMachine: async () => ({ paths: { node: '/nowhere/node' } }) }
    expect((await problemOf({ installation })).message).toContain('fake cannot be run: spawn /nowhere/node ENOENT')
  })

  it('gets other ports when one was taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const server = await start({ ports: [port, port] })
    expect(server.settings.FAKE_URL).not.toBe(`http://127.0.0.1:${port}`)
    expect((await askFake(server.settings.FAKE_URL)).starts).toBe(1)
    await server.stop()
    const { message } = await problemOf({ ports: [port, port, port, port, port] })
    expect(message).toContain('EADDRINUSE')
    other.close()
  })
})
