import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { askManager } from '../src/endpoint/ask-manager.ts'
import { findManagers } from '../src/endpoint/find-managers.ts'

/** Starts the service as a process of its own. */
const startService = async (fault = '') => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-run-'))
  const child = spawn(process.execPath, [join(import.meta.dirname, 'service.ts'), fault], {
    env: { ...process.env, HOLDFAST_RUNTIME_DIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  const listeners = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString('utf8')
    for (const listener of listeners) listener()
  })
  const exited = once(child, 'close')
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true, force: true })
  })
  return {
    folder,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    lines: () => printed.trimEnd().split('\n'),
    says: (line: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!printed.split('\n').includes(line)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
    exited: async (): Promise<number | null> => {
      await exited
      return child.exitCode
    },
  }
}

describe('a process that runs a manager', () => {
  it('stays alive, can be looked at, and at SIGTERM ends everything in order with 0', async () => {
    const service = await startService()
    await service.says('ready')
    const [place] = await findManagers(service.folder)
    const snapshot = await askManager(place?.socketPath ?? '')
    expect(snapshot).toMatchObject({ name: 'service', state: 'ready', startupOrder: ['database', 'queue'] })
    service.kill('SIGTERM')
    expect(await service.exited()).toBe(0)
    expect(service.lines()).toEqual(['started', 'ready', 'not ready', 'queue ended', 'database ended', 'ended'])
    expect(await readdir(service.folder)).toEqual([])
  })

  it('ends with 1 when something does not start', async () => {
    const service = await startService('refuse')
    expect(await service.exited()).toBe(1)
    expect(service.lines()).toEqual(['not ready', 'ended'])
  })

  it('does not wait for ever for a lease that nobody gives back, and ends with 2', async () => {
    const service = await startService('hang')
    await service.says('ready')
    service.kill('SIGINT')
    expect(await service.exited()).toBe(2)
    expect(service.lines()).toContain('database ended')
  })
})
